"""How much each channel counts: the surround speakers more, the subwoofer not at all (ITU-R BS.1770-4, table 4)."""

from __future__ import annotations

import struct
from pathlib import Path

from app.audio.headers import ORDERS
from app.audio.layout import read_layout

_SUBWOOFER, _BACK, _SIDE = 0x8, 0x10 | 0x20, 0x200 | 0x400
"""Bits of WAVEFORMATEXTENSIBLE's channel mask."""

_USUAL = {1: 0x4, 2: 0x3, 3: 0x7, 4: 0x33, 5: 0x37, 6: 0x3F, 8: 0x63F}
"""Masks of files that state none: mono, stereo, 3.0, quadro, 5.0, 5.1, 7.1."""

SURROUND = 1.41


def channel_mask(path: Path) -> int:
    """Return a WAV's channel mask; 0 where it states none, or another kind of file."""
    try:
        with path.open("rb") as file:
            layout = read_layout(file)
    except OSError:
        return 0
    if not layout.wave or layout.form not in ORDERS:
        return 0
    (mask,) = struct.unpack(ORDERS[layout.form] + "I", layout.wave[20:24])
    return int(mask)


def channel_weights(channels: int, mask: int = 0) -> tuple[float, ...] | None:
    """Return the weight of each channel's power, or ``None`` where nothing tells which speakers they are for.

    The speakers at 60 to 120 degrees count 1.41 times: the side ones, or in their absence the back ones, which 5.1 has
    at 110 degrees.

    >>> channel_weights(6)
    (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)
    """
    speakers = [1 << bit for bit in range(32) if mask >> bit & 1]
    if len(speakers) != channels:
        if channels not in _USUAL:
            return None
        speakers = [1 << bit for bit in range(32) if _USUAL[channels] >> bit & 1]
    surround = _SIDE if any(speaker & _SIDE for speaker in speakers) else _BACK
    return tuple(0.0 if speaker == _SUBWOOFER else SURROUND if speaker & surround else 1.0 for speaker in speakers)
