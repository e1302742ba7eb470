"""A MIDI file played in blocks of sound, in fixed memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.midi.file import MidiFile
from endpoints.midi_synth.timeline import timeline
from endpoints.midi_synth.voice import LONGEST

_EDGE = 1 << 14
"""Samples at whose multiples a piece ends, whatever comes."""

_MANY = 1 << 13
"""Events of one moment after which whoever waits for sound hears that the work goes on."""

BLOCK = 1 << 14
"""Samples of a block that is handed on; how the sound is cut changes nothing of it."""


class Player(Protocol):
    """What makes sound of channel messages."""

    delay: int
    """Samples by which its sound comes late."""

    @property
    def step(self) -> int:
        """Samples to whose multiples events move, so that a thousand of them at a moment cost no more than one."""

    @property
    def sounding(self) -> bool:
        """Whether anything is still to be heard."""

    def take(self, data: bytes) -> None:
        """Take in a channel message."""

    def play(self, samples: int) -> NDArray[np.floating]:
        """Return the next samples ``(2, samples)``."""


def played(midi: MidiFile, player: Player, rate: int, samples: int) -> Iterator[NDArray[np.float32]]:
    """Yield a file's sound in blocks ``(2, BLOCK)``, the last one shorter; empty ones where a moment has many events.

    Args:
        midi: the file.
        player: what plays it.
        rate: samples of a second.
        samples: where it ends.
    """
    block, filled = np.zeros((2, BLOCK), np.float32), 0
    late = player.delay
    for count, sound in _pieces(midi, player, rate, samples + player.delay):
        if not count:
            yield block[:, :0]
        at = min(late, count)
        late -= at
        while at < count:
            taken = min(count - at, BLOCK - filled)
            if sound is not None:
                block[:, filled : filled + taken] = sound[:, at : at + taken]
            filled += taken
            at += taken
            if filled == BLOCK:
                yield block
                block, filled = np.zeros((2, BLOCK), np.float32), 0
    if filled:
        yield block[:, :filled]


def _pieces(
    midi: MidiFile, player: Player, rate: int, samples: int
) -> Iterator[tuple[int, NDArray[np.floating] | None]]:
    """Yield a file's sound as the player makes it, from event to event: samples, and these, ``None`` for silence.

    After each :data:`_MANY` events of one moment: no samples.
    """
    events = timeline(midi)
    event = next(events, None)
    now = 0
    while now < samples:
        taken = 0
        while event is not None and _step(event[0], rate, player.step) <= now:
            player.take(event[1])
            event = next(events, None)
            taken += 1
            if taken % _MANY == 0:
                yield 0, None
        until = samples if event is None else min(samples, _step(event[0], rate, player.step))
        count = min(until - now, _EDGE - now % _EDGE)
        if player.sounding:
            count = min(count, LONGEST)
            yield count, player.play(count)
        else:
            yield count, None
        now += count


def _step(seconds: float, rate: int, step: int) -> int:
    return round(seconds * rate / step) * step
