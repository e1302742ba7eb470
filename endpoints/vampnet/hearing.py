"""A region as the networks hear it, and the way back: middle and sides, the part that is made anew, loudness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.mix import mono_of
from app.audio.resample import resampled
from app.errors import ControlError
from endpoints.time_pitch.change import Change, Sound, of_length
from endpoints.time_pitch.vocoder import PhaseVocoder
from endpoints.vampnet.asking import Asked
from endpoints.vampnet.controls import FROM, TO
from endpoints.vampnet.level import gain_to, heard_gain, measured

Samples = NDArray[np.floating[Any]]
Still = Callable[[], None]

_BESIDE = 5.0
"""Seconds on each side of the part that the networks hear, too."""
_FADE = 0.01
"""Seconds at each end of the part, within which old goes over into new."""
_BLOCK = 16384
_LEAST = 1024
"""Samples: a shorter sound has no pitch."""


@dataclass(frozen=True)
class Part:
    """Where a sound is made anew, in samples.

    Attributes:
        start, end: of the part.
        first, last: of what is heard.
    """

    start: int
    end: int
    first: int
    last: int


def part_of(asked: Asked, samples: int, rate: int) -> Part:
    """Return which part of a sound is asked for.

    Raises:
        ControlError: there is no such part.
    """
    start, beside = round(asked.start * rate), round(_BESIDE * rate)
    end = min(round(asked.end * rate) if asked.end else samples, samples)
    if start >= max(samples, 1):
        raise ControlError(
            f"{FROM.label} expects a moment within the sound, which has {samples / rate:.2f} s, not {asked.start:g}."
        )
    if end <= start:
        raise ControlError(f"{TO.label} expects a moment after {FROM.label}; there is less than a sample between them.")
    return Part(start, end, max(0, start - beside), min(samples, end + beside))


@dataclass(frozen=True)
class Heard:
    """A sound as it is heard.

    Attributes:
        sound: the region, ``(channels, samples)``.
        rate: Hz.
        part: where it is made anew.
        middle: what is heard of it, at the codec's rate and level, ``(samples,)``.
        sides: what lies around the middle there, ``(channels, samples)`` of the result's length.
        gain: by which the middle was made louder.
        loudness: of the middle within the part, in LUFS; of all channels where the sides are dropped.
        longer: by how many times the result is longer.
    """

    sound: Samples
    rate: int
    part: Part
    middle: Samples
    sides: Samples
    gain: float
    loudness: float
    longer: int

    def result(self, made: Samples, made_rate: int) -> Samples:
        """Return the region with a new middle, ``(channels, samples)``.

        Args:
            made: the new middle at the codec's rate and level, ``(samples,)``, at least as long as :attr:`middle`.
            made_rate: that rate, in Hz.
        """
        part, length = self.part, self.sides.shape[1]
        middle = resampled(made[None] / self.gain, made_rate, self.rate, length)
        begin, end = (part.start - part.first) * self.longer, (part.end - part.first) * self.longer
        inner = middle[:, begin:end]
        # Without sides, all channels have it.
        alike = inner if self.sides.any() else np.repeat(inner, len(self.sound), axis=0)
        inner = inner * gain_to(measured(alike, self.rate), self.loudness)
        new: Samples = (inner + self.sides[:, begin:end]).astype(self.sound.dtype, copy=False)
        return new if self.longer > 1 else _placed(self.sound, new, part, round(_FADE * self.rate))


def hear(sound: Samples, rate: int, asked: Asked, codec_rate: int, still: Still) -> Heard:
    """Return a region as it is heard.

    Args:
        sound: ``(channels, samples)``.
        rate: its, in Hz.
        asked: what is asked for.
        codec_rate: Hz.
        still: called now and then; what it raises ends the work.

    Raises:
        ControlError: the part that is asked for is none.
    """
    part = part_of(asked, sound.shape[1], rate)
    area = sound[:, part.first : part.last]
    if asked.pitch:
        area = _changed(area, rate, Change(pitch=2 ** (asked.pitch / 12)), still)
    middle = mono_of(area)[0]
    sides: Samples = area - middle
    inner = slice(part.start - part.first, part.end - part.first)
    wide = bool(sides.any()) and not asked.mono
    # Sides that stay are as loud as they were; else the new middle is all that is heard.
    loudness = measured((middle if wide else area)[:, inner], rate).integrated()
    if not wide:
        sides = np.zeros_like(sides)
    if asked.longer > 1:
        stretch = Change(time=float(asked.longer))
        sides = _changed(sides, rate, stretch, still) if wide else sides.repeat(asked.longer, axis=1)
    heard = resampled(middle.astype(np.float32), rate, codec_rate)
    gain = heard_gain(measured(heard, codec_rate), heard)
    return Heard(sound, rate, part, heard[0] * np.float32(gain), sides, gain, loudness, asked.longer)


def _changed(sound: Samples, rate: int, change: Change, still: Still) -> Samples:
    """Return ``sound (channels, samples)`` with another pitch or length, by our own phase vocoder."""

    def blocks() -> Any:
        for start in range(0, sound.shape[1], _BLOCK):
            still()
            yield sound[:, start : start + _BLOCK].astype(np.float32)

    length = change.length(sound.shape[1])
    if sound.shape[1] < _LEAST:
        return np.repeat(sound, round(change.time), axis=1)
    given = Sound(rate, len(sound), sound.shape[1], blocks)
    made = list(of_length(PhaseVocoder().changed(given, change), len(sound), length))
    return np.concatenate(made, axis=1).astype(sound.dtype)


def _placed(sound: Samples, new: Samples, part: Part, fade: int) -> Samples:
    """Return a sound with something new in a part; where that borders on the old, one goes over into the other."""
    if new.shape == sound.shape:
        return new
    result: Samples = sound.copy()
    result[:, part.start : part.end] = new
    fade = min(fade, new.shape[1] // 2)
    ramp = (np.arange(fade, dtype=np.float32) + 1) / (fade + 1)
    for borders, at, share in (
        (part.start > 0, slice(part.start, part.start + fade), ramp),
        (part.end < sound.shape[1], slice(part.end - fade, part.end), ramp[::-1]),
    ):
        if borders:
            result[:, at] = share * result[:, at] + (1 - share) * sound[:, at]
    return result
