"""A MIDI file played in blocks of sound, in fixed memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.midi.file import MidiFile
from endpoints.midi_synth.timeline import timeline

STEP = 64
"""Samples (1.5 ms) to whose multiples events move, so that a thousand of them at a moment cost no more than one."""

_LONGEST = 1024
"""Samples that are made at once: a block in which a vibrato is nearly straight."""

BLOCK = 1 << 14
"""Samples of a block that is handed on."""


class Player(Protocol):
    """What makes sound of channel messages."""

    @property
    def sounding(self) -> bool:
        """Whether anything is still to be heard."""

    def take(self, data: bytes) -> None:
        """Take in a channel message."""

    def play(self, samples: int) -> NDArray[np.floating]:
        """Return the next samples ``(2, samples)``."""


def played(midi: MidiFile, player: Player, rate: int, samples: int) -> Iterator[NDArray[np.float32]]:
    """Yield a file's sound in blocks ``(2, BLOCK)``, the last one shorter.

    Args:
        midi: the file.
        player: what plays it.
        rate: samples of a second.
        samples: where it ends.
    """
    block, filled = np.zeros((2, BLOCK), np.float32), 0
    events = timeline(midi)
    event = next(events, None)
    now = 0
    while now < samples:
        while event is not None and _step(event[0], rate) <= now:
            player.take(event[1])
            event = next(events, None)
        until = samples if event is None else min(samples, _step(event[0], rate))
        count = min(until - now, BLOCK - filled)
        if player.sounding:
            count = min(count, _LONGEST)
            block[:, filled : filled + count] = player.play(count)
        filled += count
        now += count
        if filled == BLOCK:
            yield block
            block, filled = np.zeros((2, BLOCK), np.float32), 0
    if filled:
        yield block[:, :filled]


def _step(seconds: float, rate: int) -> int:
    return round(seconds * rate / STEP) * STEP
