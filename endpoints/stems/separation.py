"""What the endpoints that take music apart have in common: their controls, and how a region goes through."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.harp.controls import AudioTrack, NumberBox, Slider
from app.weights import HubWeights
from endpoints.stems.versions import RATE, Version

if TYPE_CHECKING:
    from endpoints.stems.networks import Networks

TRACK = AudioTrack("Input Audio", "The music to take apart: any length, any sample rate, 1 to 32 channels.")
SHIFTS = Slider(
    "shifts",
    "Shifts",
    "In passes: 0 goes through the sound once. 1 to 5 go through it so many times, each shifted by up to 0.5 seconds, "
    "and give the mean: a little cleaner, and so many times slower from 2 on.",
    "passes",
    0,
    5,
    1,
    0,
)


def overlap_of(segment: str) -> Slider:
    """Return the control for how much of a segment, so many seconds long, is heard twice."""
    return Slider(
        "overlap",
        "Overlap",
        f"In percent of a segment ({segment} seconds): how much of it is heard by the next one too. 25 is usual; 50 "
        "joins them more smoothly and takes half as long again, 0 is quickest.",
        "percent",
        0,
        50,
        1,
        25,
    )


OVERLAP = overlap_of("7.8")
SEED = NumberBox(
    "seed",
    "Seed",
    "A number (no unit) that decides by how much each pass is shifted: the same number gives the same result, 0 "
    "takes a new one each time. Without shifts it changes nothing.",
    "no unit",
    0,
    999_999,
    1,
    0,
)
_LONGEST_SHIFT = RATE // 2
_EVERY = 0.25
"""Seconds between two reports from within a segment: a worker tidies its memory up every few of them."""
_MEASURING = 0.02
"""Share of the work that is reading the file for its level."""


def weights_of(versions: Sequence[Version]) -> tuple[HubWeights, ...]:
    """Return the weights of versions that are the choices of a control “model”: each is installed when it is wanted."""
    return tuple(replace(version.weights, choice=("model", version.name)) for version in versions)


class Separation:
    """An endpoint with one network version or more; what it returns is up to those that build on it."""

    needs: tuple[str, ...] = ("demucs", "einops", "julius", "safetensors")
    keeps_length = True
    repeatable = True
    permits = ()
    versions: tuple[Version, ...] = ()
    weights: Any = ()

    def setup(self, device: str) -> None:
        """Load the first version; others come when they are asked for."""
        from endpoints.stems.sparing import spare_memory

        spare_memory()
        self._device = device
        self._networks: Networks | None = None
        first = self.versions[0]
        self._of(first).load(first.sources)

    def _of(self, version: Version) -> Networks:
        """Return the networks of a version; those of another leave the memory."""
        from app.audacitorch.inference.precision import wanted_precision
        from endpoints.stems.networks import Networks

        if self._networks is None or self._networks.version != version:
            self._networks = None
            self._networks = Networks(
                version, Path(self.weights[version.weights.repo]), self._device, wanted_precision()
            )
        return self._networks

    def _separated(
        self,
        region: Region,
        controls: Controls,
        job: Progress,
        version: Version,
        results: Sequence[tuple[str, Sequence[str]]],
        rest: int | None,
    ) -> Outputs:
        """Process a region.

        Args:
            region: the region.
            controls: shifts, overlap and seed.
            job: takes the progress.
            version: which networks.
            results: what comes back: its name, and the stems that it is the sum of.
            rest: which of the results is given what is left of the mix, if any.
        """
        from app.audio.io import output_format, probe, suffix
        from app.audio.overlap_add import StreamPlan
        from app.audio.stems import loudness_notice
        from endpoints.stems.level import AS_IT_IS, measure_levels, pairs
        from endpoints.stems.passes import stream_separation

        fmt = probe(region.audio.path)
        job = _Sparing(job)
        job.report(0.0)
        networks = self._of(version)
        wanted = [source for source in version.sources if any(source in parts for _, parts in results)]
        segment = networks.load(wanted)
        job.report(0.0)
        levels = [AS_IT_IS for _ in pairs(fmt.channels)]
        if version.wants_even:
            levels = measure_levels(region.audio.path, RATE, lambda share: job.report(_MEASURING * share))
        leads, seed = _leads(int(cast(float, controls["shifts"])), int(cast(float, controls["seed"])))
        hop = int((1 - cast(float, controls["overlap"]) / 100) * segment)
        plan = StreamPlan(RATE, segment, segment - hop, centred=True, linear=True)

        def separate(mix: Any, tick: Any) -> Any:
            return _summed(networks(mix, wanted, tick), wanted, results)

        ending = suffix(output_format(fmt), region.audio.name)
        written = stream_separation(
            region.audio.path,
            [region.output_path(label, ending) for label, _ in results],
            separate,
            plan,
            leads,
            levels,
            sums=[len(parts) for _, parts in results],
            rest=rest,
            too_loud=region.too_loud,
            progress=lambda share: job.report(_MEASURING + (1 - _MEASURING) * share),
        )
        said = [fmt.notice, networks.notice, loudness_notice(written, output_format(fmt))]
        said.append(f"The seed was {seed}." if seed else "")
        notice = " ".join(filter(None, said))
        return [FileOutput(path, label, notice) for path, (label, _) in zip(written.paths, results)]


class _Sparing:
    """Passes on what is reported, but not too often; of a network's layers some take no time."""

    def __init__(self, job: Progress) -> None:
        self._job = job
        self._last = -math.inf

    def report(self, fraction: float, said: str = "") -> None:
        now = time.monotonic()
        if fraction >= 1.0 or now - self._last >= _EVERY:
            self._last = now
            self._job.report(fraction, said)


def _summed(stems: Any, wanted: Sequence[str], results: Sequence[tuple[str, Sequence[str]]]) -> Any:
    """Return the sum of each result's ``stems (wanted, 2, n)``: ``(results, 2, n)``."""
    import numpy as np

    summed = np.zeros((len(results), *stems.shape[1:]), np.float32)
    for place, (_, parts) in enumerate(results):
        for part in parts:
            summed[place] += stems[wanted.index(part)]
    return summed


def _leads(shifts: int, seed: int) -> tuple[list[int], int]:
    """Return for each pass the samples of silence before the sound, and the seed that they come from, 0 for none."""
    if not shifts:
        return [0], 0
    seed = seed or random.SystemRandom().randint(1, int(SEED.maximum))
    draw = random.Random(seed)  # noqa: S311
    return [_LONGEST_SHIFT - draw.randint(0, _LONGEST_SHIFT) for _ in range(shifts)], seed
