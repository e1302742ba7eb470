"""A file through a chain whose knobs an encoder turns: in two passes and fixed memory, at the file's own rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from app.audio.io import open_reader, open_writer, output_format
from app.audio.resample import Resampler, resampled_length
from endpoints.deepafx.chain import Chain, Turns
from endpoints.deepafx.encoder import HEARD, RATE, Encoder, log_mel
from endpoints.deepafx.folder import Result
from endpoints.deepafx.smoothing import between, smoothed, turns_between
from endpoints.effects import applying
from endpoints.effects.plugin import Block

HOP = 2048
"""Samples at 22,050 Hz, 93 ms, between two points of a curve; the paper has 1,024."""

_AT_ONCE = 16
"""Windows that the network hears at once: as many whatever the blocks, so that its last bits are the same."""

_HOLD, _LONGEST_HOLD = 0.003, 0.024
"""Seconds for which values stay as they are: longer where knobs turn slowly, which costs less."""

_STEP = 0.002
"""Of a knob's range: how far it may jump between two values that are held, where the shortest hold allows."""

_PIECE = 4096
"""Points that are kept together."""

_READ = 1 << 16
"""Samples that are read at once."""

_STILL = 1 << 14
"""Samples at once where nothing moves."""


@dataclass(frozen=True)
class Way:
    """How what was found is applied.

    Attributes:
        amount: 0 leaves the knobs at their defaults, 1 turns them as far as was found.
        moving: the knobs follow the sound; else all of it has their mean.
        smoothing: standard deviation of the window over the curves, in seconds.
    """

    amount: float = 1.0
    moving: bool = True
    smoothing: float = 0.2

    def follow(self, found: Turns, defaults: Turns) -> Turns:
        """Return the curve to follow, ``(points, knobs)``, for one that an encoder found."""
        curve = smoothed(found, self.smoothing * RATE / HOP)
        if not self.moving:
            curve = curve.mean(axis=0, keepdims=True)
        return turns_between(defaults, curve, self.amount)


def curve_of(encoder: Encoder, blocks: Iterator[NDArray[np.float32]]) -> Turns:
    """Return where an encoder would turn the knobs, ``(points, knobs)``.

    The first point stands in the middle of the first 40,960 samples, each other one 2,048 later. A sound that is
    shorter is heard over and over.

    Args:
        encoder: what hears.
        blocks: of one channel, ``(samples,)`` at 22,050 Hz, of any length.
    """
    waiting = np.zeros(0, np.float32)
    found = _Kept()
    whole = (_AT_ONCE - 1) * HOP + HEARD

    def hear(windows: int) -> None:
        heard = torch.from_numpy(waiting[: (windows - 1) * HOP + HEARD]).unfold(0, HEARD, HOP)
        with torch.no_grad():
            found.add(encoder(log_mel(heard)).numpy())

    for block in blocks:
        waiting = np.concatenate([waiting, block])
        while len(waiting) >= whole:
            hear(_AT_ONCE)
            waiting = waiting[_AT_ONCE * HOP :]
    if not found.points and len(waiting) < HEARD:
        waiting = np.resize(waiting, HEARD) if len(waiting) else np.zeros(HEARD, np.float32)
    if len(waiting) >= HEARD:
        hear((len(waiting) - HEARD) // HOP + 1)
    return found.all()


class _Kept:
    """Points that are added by a few and kept in large pieces.

    A small array for each few, made between the network's large ones, keeps the memory of these from being used again:
    an hour of sound took 2.4 GB so.
    """

    def __init__(self) -> None:
        self.points = 0
        self._pieces: list[Turns] = []

    def add(self, some: NDArray[np.float32]) -> None:
        for point in some:
            if self.points % _PIECE == 0:
                self._pieces.append(np.empty((_PIECE, some.shape[1])))
            self._pieces[-1][self.points % _PIECE] = point
            self.points += 1

    def all(self) -> Turns:
        return np.concatenate(self._pieces)[: self.points]


def applied(chain: Chain, blocks: Iterator[Block], curve: Turns, rate: int) -> Iterator[Block]:
    """Yield a sound through a chain, as :func:`endpoints.effects.applying.applied` does through an effect.

    Args:
        chain: as it was made, or reset.
        blocks: ``(channels, samples)``.
        curve: ``(points, knobs)``, as `curve_of` places them in time; read anew every 3 to 24 ms.
        rate: of the sound, in Hz.
    """
    hold = max(1, round(_hold(curve) * rate)) if len(curve) > 1 else _STILL

    def turns_at(sample: int) -> Turns:
        middle = sample - sample % hold + hold / 2
        return between(curve, (middle * RATE / rate - HEARD / 2) / HOP)

    return applying.applied(chain, blocks, turns_at, hold)


def _hold(curve: Turns) -> float:
    """Return for how many seconds values may stay, by the steepest part of a curve ``(points, knobs)``."""
    steepest = float(np.abs(np.diff(curve, axis=0)).max()) * RATE / HOP  # ranges a second
    return min(max(_STEP / max(steepest, 1e-9), _HOLD), _LONGEST_HOLD)


def heard(
    encoder: Encoder,
    source: Path,
    report: Callable[[float], None] = lambda _: None,
    also: Callable[[Block], None] = lambda _: None,
) -> Turns:
    """Return where an encoder would turn the knobs for a file, as `curve_of` does.

    Args:
        encoder: what hears.
        source: the sound; the mean of its channels is heard.
        report: is told the part that is done, 0 to 1; what it raises ends it.
        also: hears each block ``(channels, samples)``, at the file's rate.

    Raises:
        AudioFileError: the sound cannot be read.
    """
    with open_reader(source) as reader:
        rate, samples = reader.format.sample_rate, max(1, reader.format.samples)
        resampler = Resampler(1, rate, RATE)

        def mono() -> Iterator[NDArray[np.float32]]:
            while (block := reader.read(_READ)).shape[1]:
                report(min(1.0, reader.position / samples))
                also(block)
                yield resampler.push(block.mean(axis=0, keepdims=True).astype(np.float32))[0]
            yield resampler.finish(resampled_length(reader.position, rate, RATE))[0]

        return curve_of(encoder, mono())


def times_of(points: int) -> Turns:
    """Return when a curve's points are in force, in seconds, ``(points,)``."""
    return (np.arange(points) * HOP + HEARD / 2) / RATE


def process_file(
    result: Result, source: Path, target: Path, way: Way, report: Callable[[float], None] = lambda _: None
) -> Turns:
    """Write a file as a result changes it, in its length, rate, channels and format.

    Returns the curve that was followed, ``(points, knobs)``.

    Args:
        result: what was learnt.
        source: the sound.
        target: what is written.
        way: how it is applied.
        report: is told the part that is done, 0 to 1; what it raises ends it.

    Raises:
        AudioFileError: the sound cannot be read.
        ModelRunError: an effect returned something else than finite numbers.
        WorkerError: the result cannot be written.
    """
    found = heard(result.encoder, source, lambda part: report(0.5 * part))
    curve = way.follow(found, result.plan.defaults)
    with open_reader(source) as reader:
        rate, samples = reader.format.sample_rate, max(1, reader.format.samples)
        fmt = output_format(reader.format)
        chain = Chain(result.plan, rate, fmt.channels)

        def blocks() -> Iterator[Block]:
            while (block := reader.read(1 << 14)).shape[1]:
                report(0.5 + 0.5 * min(1.0, reader.position / samples))
                yield block

        with open_writer(target, fmt) as writer:
            for block in applied(chain, blocks(), curve, rate):
                writer.write(block)
    return curve
