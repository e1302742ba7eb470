"""One sounding note: partials added up, each with its own decay."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from endpoints.midi_synth.timbres import PARTIALS, Timbre

Block = NDArray[np.float64]

LONGEST = 1024
"""Samples that are made at once: a block in which a vibrato is nearly straight."""

QUIET = 1e-4
"""The level (-80 dB) below which a note has ended."""

_VIBRATO_AFTER, _VIBRATO_RATE = 0.25, 5.5
"""Seconds that a note is held before it swings, and swings of a second."""
_NOISE_LENGTH = 1 << 15
_NOISE = np.random.default_rng(20).standard_normal(_NOISE_LENGTH)
_NOISE = np.append(_NOISE, _NOISE[:LONGEST])
_COUNT = np.arange(1.0, LONGEST + 1)
_CLICK = 150.0
"""Nepers a second at which the noise of a start dies away."""


class Voice:
    """A note that sounds.

    Args:
        timbre: its sound.
        pitch: MIDI number.
        velocity: 1 to 127.
        rate: samples of a second.
    """

    def __init__(self, timbre: Timbre, pitch: int, velocity: int, rate: int) -> None:
        self._timbre, self._rate = timbre, rate
        self.level = timbre.level * (velocity / 127) ** 1.6
        self._steps, self._levels, self._falls, self._phases = _partials(timbre, pitch, velocity, rate)
        self._bend = 1.0
        self._age = 0
        self.held = True
        """Whether its key was not let go."""
        self._fade, self._left = 0.0, 1.0
        self.over = not len(self._levels)

    def release(self, rate: float | None = None) -> None:
        """Let the key go; ``rate`` in nepers a second where that is not as the instrument does it."""
        self.held = False
        self._fade = max(self._fade, self._timbre.release if rate is None else rate)

    def sound(self, samples: int, bend: float, swing: float) -> Block:
        """Return its next samples ``(samples,)``.

        Args:
            samples: how many, at most :data:`LONGEST`.
            bend: where the pitch wheel stands, in semitones.
            swing: further vibrato, in semitones.
        """
        count = _COUNT[:samples]
        factor = 2.0 ** ((bend + self._swing(swing)) / 12)
        # How far the first partial of a note that is not bent would have come, while the bend moves evenly.
        way = self._bend * count
        if factor != self._bend:
            way += (factor - self._bend) * count * (count + 1) / (2 * samples)
        turns = self._phases[:, None] + self._steps[:, None] * way
        turns -= np.floor(turns)
        # Within one turn, single precision is exact to -120 dB, and a fifth of the work.
        waves = np.sin(np.float32(2 * np.pi) * turns.astype(np.float32))
        after = self._levels
        if self._timbre.decay:
            after = after * self._falls**samples
            ends = np.empty((2, len(after)), np.float32)
            ends[0], ends[1] = self._levels, after - self._levels
            level, change = ends @ waves
            made = level + change * (count - 1) / samples
        else:
            made = (after.astype(np.float32) @ waves).astype(np.float64)
        place = self._age % _NOISE_LENGTH
        breath = _NOISE[place : place + samples]
        if self._timbre.noise:
            made += self._timbre.noise * breath
        attack = self._timbre.attack * self._rate
        if self._age < attack:
            made *= np.sin(0.5 * np.pi * np.minimum(1.0, (self._age + count) / attack)) ** 2
        if self._timbre.click and self._age * _CLICK < 7 * self._rate:
            ages = self._age + count - 1
            made += 0.3 * self._timbre.click * breath * np.exp(-_CLICK / self._rate * ages) * np.minimum(1, ages / 32)
        if not self.held:
            fade = self._left * np.exp(-self._fade / self._rate * count)
            made *= fade
            self._left = float(fade[-1])
        self._phases = (self._phases + self._steps * way[-1]) % 1.0
        self._levels, self._bend = after, factor
        self._age += samples
        loudest = float(after.max(initial=0.0)) + self._timbre.noise
        self.over = self.level * self._left * loudest < QUIET
        if self._timbre.decay and loudest > QUIET and float(after.min(initial=1.0)) < 1e-3 * QUIET:
            kept = after > 1e-3 * QUIET
            self._levels, self._falls = after[kept], self._falls[kept]
            self._phases, self._steps = self._phases[kept], self._steps[kept]
        result: Block = made * self.level
        return result

    def _swing(self, more: float) -> float:
        held = self._age / self._rate - _VIBRATO_AFTER
        depth = self._timbre.vibrato * min(1.0, max(0.0, 4 * held)) + more
        return depth * float(np.sin(2 * np.pi * _VIBRATO_RATE * self._age / self._rate)) if depth else 0.0


@lru_cache(maxsize=2048)
def _partials(timbre: Timbre, pitch: int, velocity: int, rate: int) -> tuple[Block, Block, Block, Block]:
    """Return how a note's partials begin: turns a sample, levels, what each sample leaves of these, and turns so far.

    Kept, since a file may strike the same notes a hundred thousand times; nobody may change them.
    """
    hertz = 440.0 * 2.0 ** ((pitch - 69) / 12)
    count = np.arange(1, PARTIALS + 1)
    ratios = np.array(timbre.ratios) if len(timbre.ratios) else count * np.sqrt(1 + timbre.stiffness * count**2)
    number = np.arange(1, len(ratios) + 1)
    levels = number ** -(timbre.slope + 0.8 * (1 - velocity / 127))
    if len(timbre.partials):
        own = np.zeros(len(ratios))
        own[: len(timbre.partials)] = timbre.partials[: len(ratios)]
        levels = levels * own
    # A semitone of room for bends; what they push beyond half the rate is soft enough.
    heard = (levels > 0) & (ratios * hertz < 0.42 * rate)
    ratios, levels, number = ratios[heard], levels[heard], number[heard]
    power = float(np.sqrt(np.square(levels).sum())) or 1.0
    # Strings are the shorter the higher, and die away the sooner.
    fall = timbre.decay * 2.0 ** ((pitch - 60) / 18) * (1 + timbre.damping * (number - 1))
    phases = number * number * 0.37 % 1.0 if not timbre.decay else np.zeros(len(number))
    return ratios * hertz / rate, levels / power, np.exp(-fall / rate), phases
