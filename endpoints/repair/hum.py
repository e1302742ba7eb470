"""Mains hum: its frequency and harmonics found where the sound is quiet, and taken away without a filter.

What goes on with one phase at a multiple of the mains' frequency, whatever the music does, is hum. It is subtracted as
what it is, a sum of slowly changing partials, so that notes beside it stay.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from endpoints.repair.windows import Exact, Samples, windows

Amplitudes = NDArray[np.complex128]

_HARMONICS = 20
_BESIDE = (-7.0, -5.0, 5.0, 7.0)
"""In Hz, where a harmonic's neighbours are heard."""
_FAR = 8
"""Quarters of a second between frames that tell the frequency exactly."""
_CLEAR, _STEADY, _STEADY_NAMED = 8.0, 0.8, 0.5
"""Power of a harmonic over its neighbours'; how far its phase goes on (1: wholly), less where the mains are named."""
_FEWEST = 2
_SILENT = 1e-10
"""Power of a frame in which nothing is recorded."""
_SMOOTH, _STRETCH = 12, 32
"""Quarters of a second on either side from which a moment's hum is told; that are mended in one go."""
_OFF, _AGREED = 0.6, 0.4
"""In Hz, how far the mains' frequency may be from its name; a harmonic's from the others', in radians in 2 s."""
_LOUDEST, _LOWEST = 0.05, 2
"""Of full scale, root mean square: what is louder is no hum unless it is called so; the lowest harmonic it has."""


@dataclass(frozen=True)
class Hum:
    """A hum.

    Attributes:
        frequency: of the mains, in Hz, as found.
        harmonics: which multiples of it are heard.
        level: the root mean square of all of it, of full scale.
    """

    frequency: float
    harmonics: tuple[int, ...]
    level: float


class _Frames:
    """Amplitudes of partials in frames of half a second, a quarter apart.

    Args:
        rate: in Hz.
        frequencies: in Hz.
    """

    def __init__(self, rate: int, frequencies: Exact) -> None:
        self.hop = rate // 4
        self._rate, self._frequencies = rate, frequencies
        seconds = np.arange(2 * self.hop) / rate
        self._window = np.hanning(2 * self.hop)
        turned = np.exp(-2j * np.pi * frequencies[:, None] * seconds)
        self._partials = 2 / self._window.sum() * self._window * turned

    def heard(self, samples: Samples, begin: int) -> tuple[Amplitudes, Exact]:
        """Return the amplitudes `(channels, partials)` of the frame that begins there, and its power `(channels,)`."""
        part = samples.astype(np.float64)
        part -= part.mean(1, keepdims=True)
        turned = np.exp(-2j * np.pi * self._frequencies * (begin / self._rate))
        return part @ self._partials.T * turned, (part**2).mean(1)


def found(blocks: Iterator[Samples], rate: int, mains: tuple[float, ...]) -> Hum | None:
    """Return the hum of a sound; none where it has none, or is shorter than four seconds.

    Args:
        blocks: ``(channels, n)`` each.
        rate: in Hz.
        mains: frequencies that it may have, in Hz.
    """
    listeners = [_Listener(rate, one) for one in mains]
    for window in windows(blocks, rate // 4, rate // 4):
        frame = window.samples[:, window.first :]
        if frame.shape[1] == rate // 4 * 2:
            for listener in listeners:
                listener.hear(frame, window.begin + window.first)
    hums = [hum for listener in listeners if (hum := listener.result(len(mains) > 1)) is not None]
    return max(hums, key=lambda hum: (len(hum.harmonics), hum.level), default=None)


class _Listener:
    def __init__(self, rate: int, mains: float) -> None:
        self._mains = mains
        self._numbers = np.arange(1, min(_HARMONICS, int(0.45 * rate / mains)) + 1)
        beside = self._numbers[:, None] * mains + np.array(_BESIDE)
        frequencies = np.concatenate((self._numbers * mains, beside.ravel()))
        self._frames = _Frames(rate, frequencies)
        self._past: deque[tuple[Amplitudes, Exact]] = deque(maxlen=_FAR)
        count = len(self._numbers)
        self._power, self._others, self._weight = np.zeros(count), np.zeros(count), 0.0
        self._next, self._far = np.zeros(count, np.complex128), np.zeros(count, np.complex128)
        self._most = np.zeros(count)

    def hear(self, frame: Samples, begin: int) -> None:
        heard, power = self._frames.heard(frame, begin)
        count = len(self._numbers)
        own, beside = heard[:, :count], heard[:, count:].reshape(len(heard), count, len(_BESIDE))
        weight = np.where(power > _SILENT, 1 / np.maximum(power, _SILENT), 0.0)[:, None]
        self._power += (weight * np.abs(own) ** 2).sum(0)
        self._others += (weight * (np.abs(beside) ** 2).max(2)).sum(0)
        self._weight += float(weight.sum())
        if self._past:
            self._next += (np.sqrt(weight * self._past[-1][1]) * own * self._past[-1][0].conj()).sum(0)
        if len(self._past) == _FAR:
            shared = np.sqrt(weight * self._past[0][1])
            self._far += (shared * own * self._past[0][0].conj()).sum(0)
            self._most += (shared * np.abs(own) * np.abs(self._past[0][0])).sum(0)
        self._past.append((own, weight))

    def result(self, doubtful: bool) -> Hum | None:
        """Return the hum; where its mains are a guess (``doubtful``), several harmonics are to agree."""
        steady = np.abs(self._far) > (_STEADY if doubtful else _STEADY_NAMED) * self._most
        clear = (self._power > _CLEAR * self._others) & steady & (self._most > 0)
        if not clear.any():
            return None
        off, trust = 0.0, 0.0
        for index in np.flatnonzero(clear):
            for sums, quarters in ((self._next, 1), (self._far, _FAR)):
                turn = float(np.pi * self._numbers[index] * quarters / 2)
                rest = float(np.angle(sums[index] * np.exp(-1j * turn * off))) / turn
                share = float(np.abs(sums[index])) * turn**2
                trust += share
                off += rest * share / trust
        late = np.angle(self._far * np.exp(-1j * np.pi * self._numbers * _FAR / 2 * off))
        clear &= np.abs(late) < _AGREED
        level = float(np.sqrt((self._power[clear] / max(self._weight, 1e-30)).sum() / 2))
        if abs(off) > _OFF or not clear.any():
            return None
        many = np.count_nonzero(clear) >= _FEWEST and self._numbers[clear][0] <= _LOWEST
        if doubtful and (not many or level > _LOUDEST):
            return None
        return Hum(self._mains + off, tuple(self._numbers[clear].tolist()), level)


def without(blocks: Iterator[Samples], rate: int, hum: Hum) -> Iterator[Exact]:
    """Yield a sound without its hum.

    Args:
        blocks: ``(channels, n)`` each.
        rate: in Hz.
        hum: of :func:`found`.
    """
    frequencies = hum.frequency * np.array(hum.harmonics)
    frames = _Frames(rate, frequencies)
    hop = frames.hop
    for window in windows(blocks, _STRETCH * hop, (_SMOOTH + 2) * hop):
        starts = range(-(-window.begin // hop), (window.begin + window.samples.shape[1]) // hop - 1)
        heard = [
            frames.heard(_at(window.samples, start * hop - window.begin, 2 * hop), start * hop) for start in starts
        ]
        own = window.own.astype(np.float64)
        if heard:
            moments = window.begin + window.first + np.arange(own.shape[1])
            middles = (np.array(starts) + 1) * hop
            turned = np.exp(2j * np.pi * frequencies[:, None] * (moments / rate))
            smooth = _smooth(np.array([one for one, _ in heard]), np.array([power for _, power in heard]))
            for channel in range(own.shape[0]):
                for partial, turn in enumerate(turned):
                    lines = smooth[:, channel, partial]
                    own[channel] -= np.interp(moments, middles, lines.real) * turn.real
                    own[channel] += np.interp(moments, middles, lines.imag) * turn.imag
        yield own


def _at(samples: Samples, begin: int, count: int) -> Samples:
    return samples[:, begin : begin + count]


def _smooth(heard: Amplitudes, power: Exact) -> Amplitudes:
    """Return amplitudes `(frames, channels, partials)` as those around tell, the quiet ones most."""
    weight = np.where(power > _SILENT, 1 / np.maximum(power, _SILENT), 0.0)[..., None]
    near = np.maximum(0.0, 1 - np.abs(np.arange(len(heard))[:, None] - np.arange(len(heard))) / (_SMOOTH + 1))
    total = np.tensordot(near, weight, 1)
    smooth: Any = np.tensordot(near, weight * heard, 1) / np.maximum(total, 1e-30)
    smooth[np.broadcast_to(weight == 0, smooth.shape)] = 0.0
    made: Amplitudes = smooth
    return made
