"""Sounds before and after, to learn from, and what is drawn from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.audio.io import open_reader
from app.audio.resample import Resampler, resampled_length
from app.errors import AudioFileError
from endpoints.deepafx.encoder import HEARD, RATE

Mono = NDArray[np.float32]

_LONGEST = 3600
"""Seconds of one file that are read."""

_SILENT = 1e-4
"""Peak of a sound below which there is nothing to learn from: -80 dB."""


class PairsError(ValueError):
    """Pairs that nothing can be learnt from; one sentence says why."""


@dataclass(frozen=True)
class Pair:
    """One sound before and after, ``(samples,)`` each at 22,050 Hz, equally long."""

    before: Mono
    after: Mono


@dataclass(frozen=True)
class Excerpts:
    """A batch.

    Attributes:
        heard: what the encoder hears, ``(items, 40960)``.
        before: what the effects hear, ``(items, 1, warm + stretch + latency)``.
        after: what is to come of it, once warm, ``(items, 1, stretch)``.
    """

    heard: Tensor
    before: Tensor
    after: Tensor


def read_mono(path: Path, seconds: float = _LONGEST) -> Mono:
    """Read a sound file as the mean of its channels at 22,050 Hz, ``(samples,)``, at most so many of its first seconds.

    Raises:
        AudioFileError: it cannot be read.
    """
    with open_reader(path) as reader:
        rate, parts, left = reader.format.sample_rate, [], int(seconds * reader.format.sample_rate)
        resampler = Resampler(1, rate, RATE)
        while left > 0 and (block := reader.read(min(left, 1 << 16))).shape[1]:
            parts.append(resampler.push(block.mean(axis=0, keepdims=True).astype(np.float32)))
            left -= block.shape[1]
        parts.append(resampler.finish(resampled_length(reader.position, rate, RATE)))
    sound: Mono = np.concatenate(parts, axis=1)[0]
    return sound


def read_pairs(folder: Path) -> list[Pair]:
    """Read a folder of sounds: ``before/NAME`` and ``after/NAME``, whatever the endings; in the order of their names.

    What begins with a dot, such as macOS's ``.DS_Store``, is left out.

    Raises:
        PairsError: there are none, one has no other or two, the two are not of one length, or all are silent.
    """
    try:
        sides = [_sounds(folder / side) for side in ("before", "after")]
    except OSError as error:
        raise PairsError(
            f"“{folder}” has to have the folders “before” and “after”, with equal names in both."
        ) from error
    if alone := set(sides[0]) ^ set(sides[1]):
        raise PairsError(f"“{min(alone)}” is in one of the folders “before” and “after” of “{folder}” alone.")
    pairs = []
    for name, path in sides[0].items():
        try:
            before, after = read_mono(path), read_mono(sides[1][name])
        except AudioFileError as error:
            raise PairsError(f"“{name}” cannot be learnt from: {error}") from error
        if abs(len(before) - len(after)) > RATE // 10:
            long, other = len(before) / RATE, len(after) / RATE
            raise PairsError(f"“{name}” lasts {long:.1f} s before and {other:.1f} s after; they have to be as long.")
        length = min(len(before), len(after))
        pairs.append(Pair(before[:length], after[:length]))
    if not pairs:
        raise PairsError(f"There is no sound in “{folder}/before”.")
    if all(np.abs(pair.before).max(initial=0) < _SILENT for pair in pairs):
        raise PairsError(f"All sounds in “{folder}/before” are silent; nothing can be learnt from them.")
    return pairs


def _sounds(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not path.is_file():
            continue
        if path.stem in found:
            raise PairsError(f"“{found[path.stem].name}” and “{path.name}” in “{folder}” have one name; keep one.")
        found[path.stem] = path
    return found


def divided(pairs: Sequence[Pair]) -> tuple[list[Pair], list[Pair]]:
    """Return what to learn from, and what is held out: each fifth pair of five or more, else the end of each.

    Raises:
        PairsError: what is there is too short: at least two excerpts of 1.9 s are needed of each.
    """
    if len(pairs) >= 5:
        parts = [[p for n, p in enumerate(pairs) if n % 5 != 4], [p for n, p in enumerate(pairs) if n % 5 == 4]]
    else:
        parts = [[], []]
        for pair in pairs:
            at = len(pair.before) - max(HEARD, len(pair.before) // 5)
            parts[0].append(Pair(pair.before[: max(0, at)], pair.after[: max(0, at)]))
            parts[1].append(Pair(pair.before[max(0, at) :], pair.after[max(0, at) :]))
    for part in parts:
        part[:] = [pair for pair in part if len(pair.before) >= HEARD]
        if not part:
            raise PairsError("The sounds are too short to learn from: at least one has to last 4 s, better 20 s.")
    return parts[0], parts[1]


def draw(pairs: Sequence[Pair], items: int, warm: int, stretch: int, late: int, rng: np.random.Generator) -> Excerpts:
    """Return excerpts from anywhere, long pairs as often as they are long; one whose middle is silent is drawn again.

    Args:
        pairs: each of 40,960 samples or more.
        items: how many.
        warm: samples that the effects hear before what counts.
        stretch: samples that count, in the middle of what the encoder hears.
        late: samples by which the effects come late; they hear as many more.
        rng: draws.
    """
    lengths = np.array([len(pair.before) - HEARD + 1 for pair in pairs], dtype=np.float64)
    found: list[tuple[Mono, Mono, Mono]] = []
    middle = (HEARD - stretch) // 2
    tries = 0
    while len(found) < items:
        pair = pairs[int(rng.choice(len(pairs), p=lengths / lengths.sum()))]
        at = int(rng.integers(len(pair.before) - HEARD + 1))
        here = at + middle
        tries += 1
        if tries < 20 * items and np.abs(pair.before[here : here + stretch]).max() < _SILENT:
            continue
        found.append(
            (
                pair.before[at : at + HEARD],
                pair.before[here - warm : here + stretch + late],
                pair.after[here : here + stretch],
            )
        )
    heard, before, after = (torch.from_numpy(np.stack(part)) for part in zip(*found))
    return Excerpts(heard, before[:, None], after[:, None])
