"""Which of the twelve notes is loudest, moment by moment: all that the networks hear of a melody.

As the networks were taught it: D. Ellis's chroma (Chroma Feature Analysis and Synthesis, 2007): each frequency counts
for the notes near it, by a bell; those around 440 Hz × 2 count most. Of each moment the loudest note alone stays.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

NOTES, HOP, LENGTH = 12, 4096, 235
"""Notes; samples (at 32 kHz) from one moment to the next; moments that a network is told of at once: 30 s."""

_SIZE = 16384
_AT_ONCE = 64
"""Moments that are heard at once, so that the memory does not grow with the sound."""

_A0 = 27.5
_MIDDLE, _WIDTH = 5.0, 2.0
"""Octaves above A0, and octaves around that, by which high and low frequencies count less."""


def filters(rate: int) -> torch.Tensor:
    """Return by how much each frequency counts for each note from C on, ``(12, frequencies)``."""
    hertz = torch.arange(1, _SIZE, dtype=torch.float64) * rate / _SIZE
    height = NOTES * torch.log2(hertz / _A0)
    # What has no frequency is put an octave and a half below the first that has one.
    height = torch.cat([height[:1] - 1.5 * NOTES, height])
    wide = torch.cat([height.diff().clamp_min(1.0), torch.ones(1, dtype=torch.float64)])
    half = NOTES // 2
    away = height[None] - torch.arange(NOTES, dtype=torch.float64)[:, None]
    away = torch.remainder(away + half, NOTES) - half
    bells = torch.exp(-0.5 * (2 * away / wide) ** 2)
    bells = bells / bells.square().sum(0, keepdim=True).sqrt()
    bells = bells * torch.exp(-0.5 * ((height / NOTES - _MIDDLE) / _WIDTH) ** 2)
    # From A on to from C on.
    return bells.roll(-3, 0)[:, : _SIZE // 2 + 1].float()


def loudest_notes(sound: torch.Tensor, rate: int, still: Callable[[], None]) -> torch.Tensor:
    """Return ones and zeros ``(moments, 12)`` for ``sound (samples,)`` of a rate in Hz: one note in each moment.

    ``still`` is called now and then; what it raises ends the work.
    """
    lacking = max(0, _SIZE - len(sound))
    sound = torch.nn.functional.pad(sound, (lacking // 2, lacking - lacking // 2))
    around = torch.nn.functional.pad(sound[None], (_SIZE // 2, _SIZE // 2), mode="reflect")[0]
    moments = around.unfold(0, _SIZE, HOP)
    window, bells = torch.hann_window(_SIZE), filters(rate)
    found = []
    for start in range(0, len(moments), _AT_ONCE):
        still()
        power = torch.fft.rfft(moments[start : start + _AT_ONCE] * window).abs().square()
        found.append((power @ bells.T).argmax(1))
    return torch.nn.functional.one_hot(torch.cat(found), NOTES).float()


def from_moment(notes: torch.Tensor, seconds: float, rate: int) -> torch.Tensor:
    """Return ``(LENGTH, 12)`` of ``notes (moments, 12)`` from a second on; what ends begins again."""
    first = math.floor(seconds * rate / HOP)
    return notes[(first + torch.arange(LENGTH)) % len(notes)]
