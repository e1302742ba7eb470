"""A region cut into passages of at most 30 s, at pauses, in fixed memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.audio.mix import mono_of
from endpoints.bundled.silero_network import HOP, SileroNetwork
from endpoints.bundled.speech_stretches import speech_stretches, with_margins
from endpoints.transcribe.network import RATE, WINDOW

Samples = NDArray[np.floating[Any]]

_LEAST = 15 * RATE
"""Samples that a passage has at least where more sound follows."""

_LONG_PAUSE = 3 * RATE
"""Samples of a pause that may end it earlier."""

_SURELY, _SHORTEST, _PAUSE, _MARGIN = 0.5, 0.25, 0.1, 0.2
"""The probability of speech, and seconds: speech at least, a pause at least, and what is heard around speech."""

_QUIET = 10 ** (-70 / 20)
"""What is quieter than this throughout is not listened to."""

_SLOT = RATE // 10


@dataclass(frozen=True)
class Passage:
    """Sound that is heard at once.

    Attributes:
        start: its first sample's place in the region, at 16 kHz.
        sound: mono, ``(samples,)``.
        spoken: first and end sample of each stretch of speech in it; empty where nobody looked.
    """

    start: int
    sound: Samples
    spoken: tuple[tuple[int, int], ...] = ()


class Passages:
    """Cuts a stream of sound.

    Args:
        blocks: of sound at 16 kHz, ``(channels, n)``.
        speech: tells where somebody speaks; ``None``: everything is a passage, and is cut where it is quietest.

    Attributes:
        reached: samples that lie behind.
        cancelled: whether channels cancel each other somewhere, so that the loudest was heard alone.
    """

    def __init__(self, blocks: Iterable[Samples], speech: SileroNetwork | None) -> None:
        self._blocks, self._speech = iter(blocks), speech
        self._waiting: Samples = np.zeros(0, np.float32)
        self._ended = False
        self.reached, self.cancelled = 0, False

    def __iter__(self) -> Iterator[Passage]:
        """Yield passages in order; what is silent, or no speech, lies in none."""
        while True:
            self._fill()
            if not self._waiting.size:
                return
            begin, end, cut, spoken = self._next()
            sound = self._waiting[begin:end]
            self._waiting = self._waiting[cut:]
            start, self.reached = self.reached + begin, self.reached + cut
            if sound.size:
                yield Passage(start, sound, _within(spoken, begin, end))

    def again(self, passage: Passage, samples: int) -> None:
        """Let the next passage begin ``samples`` into this one, which was yielded last; so many are behind it."""
        place = passage.start + samples
        end = passage.start + len(passage.sound)
        # What lies between a passage's end and the cut is a pause, which need not be heard again.
        gap = np.zeros(self.reached - end, np.float32)
        self._waiting = np.concatenate([passage.sound[samples:], gap, self._waiting])
        self.reached = place

    def _fill(self) -> None:
        """Have a window's sound, where there is so much."""
        parts, had = [self._waiting], len(self._waiting)
        while had < WINDOW and not self._ended:
            block = next(self._blocks, None)
            if block is None:
                self._ended = True
                break
            mono, cancelled = mono_of(block)
            self.cancelled = self.cancelled or cancelled
            parts.append(mono[0].astype(np.float32, copy=False))
            had += block.shape[1]
        self._waiting = np.concatenate(parts)

    def _next(self) -> tuple[int, int, int, list[tuple[int, int]]]:
        """Return from where to where to listen in what waits, what is behind then, and where somebody speaks."""
        sound = self._waiting[:WINDOW]
        last = self._ended and len(self._waiting) <= WINDOW
        if float(np.abs(sound).max()) < _QUIET:
            return 0, 0, len(sound), []
        if self._speech is None:
            cut = len(sound) if last else _quietest(sound)
            return 0, cut, cut, []
        found = _stretches(self._speech, sound)
        if not len(found):
            # The last second may be the beginning of something.
            return 0, 0, len(sound) if last else len(sound) - RATE, []
        heard: list[tuple[int, int]] = [(at, to) for at, to in found.tolist()]
        spoken = with_margins(found, _MARGIN * RATE, len(sound)).round().long().tolist()
        begin = spoken[0][0]
        if begin > RATE and not last:
            # What lies before speech goes first, so that a whole window begins with it.
            return 0, 0, begin - RATE // 2, []
        ends = [*(start for start, _ in spoken[1:]), len(sound)]
        pauses = [
            (after - before, before, after)
            for (_, before), after in zip(spoken, ends)
            if after - before >= _LONG_PAUSE or (not last and _LEAST <= before < len(sound))
        ]
        if last and not pauses:
            return begin, spoken[-1][1], len(sound), heard
        if not pauses:
            cut = _quietest(sound)
            return begin, cut, cut, heard
        _, before, after = max(pauses)
        # Behind the last stretch, one may begin at once.
        return begin, before, after if after < len(sound) or last else before, heard


def _within(stretches: list[tuple[int, int]], begin: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return the stretches between two samples, from the first of these on."""
    inner = [(max(at, begin) - begin, min(to, end) - begin) for at, to in stretches]
    return tuple((at, to) for at, to in inner if to > at)


def _stretches(speech: SileroNetwork, sound: Samples) -> torch.Tensor:
    """Return first and end sample of each stretch of speech, ``(n, 2)``."""
    with torch.inference_mode():
        chances = speech(torch.from_numpy(np.ascontiguousarray(sound)))
    frame = HOP / RATE
    return (speech_stretches(chances, _SURELY, _SHORTEST / frame, _PAUSE / frame) * HOP).clamp(max=len(sound))


def _quietest(sound: Samples) -> int:
    """Return the middle of the quietest tenth of a second, behind the first fifteen seconds."""
    slots = len(sound) // _SLOT
    if slots * _SLOT <= _LEAST:
        return len(sound)
    power = np.square(sound[: slots * _SLOT].reshape(slots, _SLOT)).mean(1)
    first = _LEAST // _SLOT
    # Of several as quiet, the last: the passage is longer then.
    return (slots - 1 - int(np.argmin(power[first:][::-1]))) * _SLOT + _SLOT // 2
