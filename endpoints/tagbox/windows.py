"""A whole file, window by window, in fixed memory: each window is steered, and the windows are joined."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.audio.extras import read_extras
from app.audio.formats import INTEGER_BITS, AudioFormat
from app.audio.io import AudioReader, open_reader, output_format
from app.audio.overlap_add import OverlapAdd, Piece, StreamPlan, cut
from app.audio.stems import Written, open_stems
from endpoints.tagbox.aim import Aim
from endpoints.tagbox.course import ShareMeter
from endpoints.tagbox.engines import Engine
from endpoints.tagbox.mask_meter import MaskMeter
from endpoints.tagbox.masking import masked, window_sizes
from endpoints.tagbox.steering import Steered, Steering, steer
from endpoints.tagbox.taggers.tagger import Tagger

Samples = NDArray[np.floating[Any]]
Told = Callable[[float, str], None]
"""Takes the share that is done, and what is being done."""

SECONDS, SHARED = 10.0, 1.0
"""Of a window, and of the fade from one to the next."""

_SILENT = 1e-4
"""RMS, -80 dB: there is nothing to steer."""


@dataclass(frozen=True)
class Window:
    """One window, as it was steered.

    Attributes:
        start, end: in seconds from the file's start.
        steered: what came of it; ``None`` where it was silent.
    """

    start: float
    end: float
    steered: Steered | None


@dataclass(frozen=True)
class Separated:
    """Both stems of a file.

    Attributes:
        written: what was brought out, and the rest.
        windows: in their order.
        shares: how much of the file's energy was brought out, 0 to 1, from so many seconds on.
        seconds: the file's length.
        mask: how much of it, 0 to 1, by band and time; see :class:`endpoints.tagbox.mask_meter.MaskMeter`.
        highest: half the file's sample rate: where the highest band ends, in Hz.
    """

    written: Written
    windows: tuple[Window, ...]
    shares: tuple[tuple[float, float], ...]
    seconds: float
    mask: list[list[float]]
    highest: float


def separate(
    path: Path,
    stems: Sequence[Path],
    aim: Aim,
    taggers: Sequence[Tagger],
    how: Steering,
    engine: Engine,
    too_loud: str,
    told: Told,
) -> Separated:
    """Bring something out of a file, and write it and the rest, in the file's length, rate, channels and format.

    Both stems sum to the file: to the bit where its samples are integers. Where two windows overlap, one is faded into
    the other.

    Args:
        path: the sound file.
        stems: where both go.
        aim: what is brought out.
        taggers: who listens.
        how: how each window is steered.
        engine: describes each window.
        too_loud: see :class:`app.audio.stems.StemFiles`.
        told: takes the progress, at every step; what it raises ends the work.

    Raises:
        AudioFileError: the file cannot be read.
        WorkerError: the results cannot be written.
    """
    windows: list[Window] = []
    with ExitStack() as stack:
        reader, untouched = (stack.enter_context(open_reader(path)) for _ in range(2))
        fmt = reader.format
        plan = window_plan(fmt)
        files = stack.enter_context(open_stems(stems, output_format(fmt), read_extras(path), too_loud))
        joiner, count = OverlapAdd(plan), max(1, round((fmt.samples - plan.overlap) / plan.hop))
        grid = 2.0 ** (INTEGER_BITS[output_format(fmt).subtype] - 1) if output_format(fmt).integer else 0.0

        meter = ShareMeter(fmt.sample_rate, fmt.samples)
        picture = MaskMeter(fmt.sample_rate, fmt.samples)

        def emit(brought: Samples) -> None:
            source = untouched.read(brought.shape[-1])
            both = _both(brought, source, grid)
            meter.push(both[0], source)
            picture.push(both[0], source)
            files.write(both)

        for number, piece in enumerate(cut(_blocks(reader), plan)):

            def tell(share: float, words: str, number: int = number) -> None:
                told(min(1.0, (number + share) / count), f"Window {number + 1} of {count}: {words}")

            sound = torch.from_numpy(piece.samples[:, : piece.valid].astype(np.float32))
            brought, steered = _window(sound, fmt.sample_rate, aim, taggers, how, engine, tell)
            start = piece.start / fmt.sample_rate
            windows.append(Window(start, start + piece.valid / fmt.sample_rate, steered))
            joined = joiner.add(_padded(brought, piece), piece.moved)
            if piece.last:
                padding = piece.samples.shape[1] - piece.valid
                joined = np.concatenate([joined, joiner.finish()], axis=-1)[..., : plan.chunk - padding]
            emit(joined)
        written = files.finish(lambda: told(1.0, ""))
    told(1.0, "")
    seconds = reader.position / fmt.sample_rate
    return Separated(written, tuple(windows), meter.shares(), seconds, picture.picture(), fmt.sample_rate / 2)


def window_plan(fmt: AudioFormat) -> StreamPlan:
    """Return how a file is cut, at its own rate: as many windows of about 10 s as fit best, all of one length."""
    shared, usual = round(SHARED * fmt.sample_rate), round((SECONDS - SHARED) * fmt.sample_rate)
    count = max(1, round((fmt.samples - shared) / usual))
    chunk = max(-(-(fmt.samples + (count - 1) * shared) // count), shared + 1)
    return StreamPlan(fmt.sample_rate, chunk, shared, stride=1)


def _window(
    sound: torch.Tensor,
    rate: int,
    aim: Aim,
    taggers: Sequence[Tagger],
    how: Steering,
    engine: Engine,
    tell: Told,
) -> tuple[Samples, Steered | None]:
    """Return what is brought out of a window ``(channels, samples)``, and how it went."""
    if float(sound.square().mean().sqrt()) < _SILENT:
        tell(0.0, "silence")
        return np.zeros(tuple(sound.shape), np.float32), None
    last = (0.0, "")

    def said(share: float, words: str) -> None:
        nonlocal last
        last = (share, words)
        tell(share, words)

    def first(share: float, words: str) -> None:
        said(engine.before * share, words)

    def step(done: int, probable: float) -> None:
        share = engine.before + (1 - engine.before) * done / how.steps
        said(share, f"step {done + 1} of {how.steps}, heard {probable:.0%}")

    latent = engine.describe(sound, rate, aim, taggers, how.seed, first, lambda: tell(*last))
    steered = steer(latent, aim, taggers, how, step)
    with torch.no_grad():
        brought = latent.estimate()
        if how.style:
            brought = brought.expand_as(sound)
        else:
            brought = masked(brought, sound, window_sizes(rate), latent.reference)
    engine.leave(latent)
    return brought.numpy(), steered


def _blocks(reader: AudioReader) -> Iterator[Samples]:
    while (block := reader.read()).shape[1]:
        yield block


def _padded(brought: Samples, piece: Piece) -> Samples:
    """Return what was brought out as long as its piece, ``(channels, samples)``."""
    return np.pad(brought, ((0, 0), (0, piece.samples.shape[1] - brought.shape[1])))


def _both(brought: Samples, source: Samples, grid: float) -> Samples:
    """Return both stems ``(2, channels, samples)``, which sum to the source; ``grid``: steps to full scale, or 0."""
    wanted = brought.astype(source.dtype)
    if grid:
        wanted = np.round(wanted * grid) / grid
    return np.stack([wanted, source - wanted])
