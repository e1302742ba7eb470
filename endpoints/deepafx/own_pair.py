"""Two tracks of the user's own, before and after, as a pair to learn from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from app.errors import InputError
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.loss import shift_of
from endpoints.deepafx.pairs import Mono, Pair, read_mono

LEAST = 20.0
"""Seconds of each track."""

_MOST = 600.0
"""Seconds of each track that are learnt from."""

_APART = 1.0
"""Seconds by which the tracks' lengths may differ, and by which one may start later."""

_SILENT = 1e-4
"""RMS of a track below which there is nothing to learn from: -80 dB."""

_COMPARED = 20.0
"""Seconds at the start by which the tracks are laid over each other."""

_WINDOW, _ASTRAY = 5.0, 0.2
"""Seconds of the windows that are then looked at, and the share of those with sound that may lie otherwise."""

_ALIKE = 0.15
"""Of the normalised cross-correlation; music that is another is below 0.1, the same through effects above 0.3."""

_DRIFT = 0.005
"""Seconds by which a window may lie otherwise than the whole."""

_NAMES = "“Before”", "“After”"


def read_own_pair(before: Path, after: Path) -> Pair:
    """Read the two tracks, laid over each other; a track that comes later, by a second at most, is moved.

    Raises:
        AudioFileError: one cannot be read.
        InputError: they are too short, silent, of different lengths, or not the same piece.
    """
    sounds = [read_mono(path, _MOST + _APART) for path in (before, after)]
    for name, sound in zip(_NAMES, sounds):
        if len(sound) < LEAST * RATE:
            raise InputError(
                f"{name} lasts {len(sound) / RATE:.1f} s; {LEAST:g} s or more are expected, to learn from."
            )
        if not np.isfinite(sound).all():
            raise InputError(f"{name} holds samples that are no numbers.")
        if float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) < _SILENT:
            raise InputError(f"{name} is silent; the sound {name.lower()} your effects is expected.")
    lengths = [len(sound) / RATE for sound in sounds]
    if abs(lengths[0] - lengths[1]) > _APART:
        raise InputError(
            f"“Before” lasts {lengths[0]:.1f} s and “After” {lengths[1]:.1f} s; the same piece of the same length is "
            "expected in both."
        )
    one, other = laid_over(sounds[0], sounds[1])
    if len(one) < (LEAST - _APART) * RATE:
        raise InputError(_other_piece())
    return Pair(one, other)


def laid_over(before: Mono, after: Mono) -> tuple[Mono, Mono]:
    """Return both tracks without what one of them has more at its start or end.

    Raises:
        InputError: they are not the same piece, or drift apart.
    """
    late = _lateness(before[: int(_COMPARED * RATE)], after[: int(_COMPARED * RATE)])
    one, other = before[max(0, -late) :], after[max(0, late) :]
    length = min(len(one), len(other))
    one, other = one[:length], other[:length]
    size = int(_WINDOW * RATE)
    parts = [(one[at : at + size], other[at : at + size]) for at in range(0, length - size + 1, size)]
    heard = [_laid(*part)[0] for part in parts if min(np.abs(part[0]).max(), np.abs(part[1]).max()) > 10 * _SILENT]
    if sum(abs(late) > _DRIFT * RATE for late in heard) > _ASTRAY * len(heard):
        raise InputError("“Before” and “After” drift apart: the same speed, without cuts, is expected in both.")
    return one, other


def _lateness(before: Mono, after: Mono) -> int:
    """Return by how many samples what comes after is late.

    Raises:
        InputError: they are not the same piece.
    """
    late, alike = _laid(before, after)
    if abs(late) > _APART * RATE or alike < _ALIKE:
        raise InputError(_other_piece())
    return late


def _laid(before: Mono, after: Mono) -> tuple[int, float]:
    """Return by how many samples what comes after is late, whichever way round its wave is, and how alike the two are.

    The second is the normalised cross-correlation there, 0 to 1.
    """
    length = min(len(before), len(after))
    # Differences of neighbours: else the bass alone would decide, and that of two pieces in one key is alike.
    pair = [torch.from_numpy(np.diff(sound[:length]))[None, None] for sound in (after, before)]
    late = int(shift_of(pair[0], pair[1])[0])
    moved = [sound[0, 0, max(0, at) :] for sound, at in zip(pair, (late, -late))]
    common = min(len(sound) for sound in moved)
    there, here = (sound[:common].double() for sound in moved)
    alike = float((there @ here).abs() / (there.norm() * here.norm()).clamp(min=1e-12))
    return late, alike


def _other_piece() -> str:
    return "“After” is not “Before” through effects: the same piece is expected in both, from the same start."
