"""A small mixer over the stems of one result, as HTML: all play together, each with solo, mute and level.

``static/mixer.js`` brings it to life; what it reads are the ``data-`` attributes written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from app.ui.waveform_view import Peaks, clock

LOWEST, HIGHEST = -30, 6
"""Decibels of a level; the lowest is silence."""

_APART = 0.1
"""Seconds by which stems may differ in length and still belong together."""


def mixable(stems: Sequence[Peaks]) -> bool:
    """Whether there are several stems, all as long as the others."""
    lengths = [peaks.seconds for peaks in stems]
    return len(stems) > 1 and max(lengths) - min(lengths) <= _APART


def strip(name: str) -> str:
    """Return the controls of one stem."""
    said = escape(name, quote=True)
    return (
        f'<div class="hp-strip" role="group" aria-label="{said} in the mix">'
        f'<button type="button" data-solo aria-pressed="false" aria-label="Solo {said}">Solo</button>'
        f'<button type="button" data-mute aria-pressed="false" aria-label="Mute {said}">Mute</button>'
        f'<input type="range" data-level min="{LOWEST}" max="{HIGHEST}" step="1" value="0" '
        f'aria-label="Level of {said}" aria-valuetext="0 decibels"><output data-decibels>0 dB</output></div>'
    )


def mixer(players: str, stems: Sequence[Peaks]) -> str:
    """Return the players of stems, each with its strip, below what plays them together."""
    seconds = max(peaks.seconds for peaks in stems)
    rate = max(peaks.sample_rate for peaks in stems)
    return (
        f'<section class="hp-mixer" data-mixer data-seconds="{seconds:.6f}" data-rate="{rate}" aria-label="Mixer">'
        '<div class="hp-together"><button type="button" class="hp-play" data-mix-play aria-label="Play all together">'
        "</button><span>All together</span>"
        f'<input type="range" data-mix-seek min="0" max="{seconds:.2f}" step="0.01" value="0" '
        f'aria-label="Position in the mix" aria-valuetext="0:00 of {clock(seconds)}">'
        '<span class="hp-time" data-mix-time>0:00</span></div>'
        f'<p class="hp-none" data-mix-said role="status" hidden></p>{players}</section>'
    )
