"""The worker's endpoint for waveform-to-waveform models: effects and separation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from app.audacitorch.arguments.companions import Companions
from app.audacitorch.describe import MIX_TO_MONO, expected_stems
from app.audacitorch.inference.at_level import at_level
from app.audacitorch.inference.chunks import effect_plan
from app.audacitorch.inference.levels import Level, LevelMeter
from app.audacitorch.inference.model_endpoint import ModelEndpoint
from app.audacitorch.inference.room import longest_whole
from app.audacitorch.inference.whole import WholeForward
from app.audacitorch.profile import Calibration
from app.audacitorch.stems import Stem, plan_stems
from app.audio.io import output_format, probe, suffix
from app.audio.mix import cancel_each_other
from app.audio.resample import resampled_length
from app.audio.stems import loudness_notice
from app.audio.stream import Above, StreamPlan, bytes_held, stream_chunks, stream_effect
from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.errors import ModelRunError

Samples = NDArray[np.float32]

CANCELLED = (
    "Mixed to mono, the channels nearly cancel each other (is one of them inverted?); “Keep stereo” processes each by "
    "itself."
)

_METERED = 10
"""Seconds of a region whose level is measured at a time."""


class AudacitorchEffect(ModelEndpoint):
    """A waveform-to-waveform model of the audacitorch format.

    A mono model runs on each channel by itself, or once on their mix; a stereo model on each pair of channels, a
    channel without a partner being both sides of its pair.
    """

    def __init__(self, id: str, folder: str, profile: str = "") -> None:  # noqa: A002
        super().__init__(id, folder, profile)
        self._stems = expected_stems(self._metadata, self._profile)

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Run the model on a region; one file per stem, in the input's format.

        Raises:
            AudioFileError: the input is not readable sound.
            ModelRunError: the model failed, or returned something that is no result.
            JobCancelledError: the job should stop.
        """
        companions = self._arrange(region, controls)
        calibration = self._profile.calibration if self._profile else None
        self._whole = WholeForward(self._arranged, self._device, calibration.moved if calibration else 0)
        source = region.audio.path
        fmt = probe(source)
        rate = self._metadata.sample_rate
        shortest = self._profile.seconds if self._profile else 0.0
        length = resampled_length(fmt.samples, fmt.sample_rate, rate)
        if calibration:
            held = bytes_held(fmt, rate, len(self._stems), companions.channels)
            calibration = replace(calibration, whole=longest_whole(calibration.whole, held))
        plan = effect_plan(length, rate, calibration, shortest)
        mix = controls.get("channels") == MIX_TO_MONO
        wet = cast(float, controls.get("wet", 100.0)) / 100.0
        self._cancelled = False
        self._levels: list[Level] = []
        if calibration and calibration.by_level and length > plan.chunk and wet > 0.0:
            self._at_level = at_level(self._whole, rate, calibration, shortest)
            self._levels = self._measured(source, companions, mix, job)
        outputs = self._outputs(region, suffix(output_format(fmt), region.audio.name))

        def process(samples: Samples) -> Samples:
            own, further = companions.split(samples)
            if wet == 0.0:
                return np.zeros((len(self._stems), *own.shape), np.float32)
            result = self._run(own, further, companions, mix)
            return result if wet == 1.0 else result * np.float32(wet)

        labels = [stem.label for stem in self._stems]
        above = Above(labels.index(goes_to), mix) if (goes_to := str(controls.get("above", ""))) in labels else None
        paths = [output.path for output in outputs]
        written = stream_effect(
            source,
            paths,
            process,
            plan,
            dry=1.0 - wet,
            above=above,
            beside=companions.paths,
            too_loud=region.too_loud,
            progress=job.report,
        )
        said = [fmt.notice, CANCELLED if self._cancelled else "", loudness_notice(written, output_format(fmt))]
        if length > plan.chunk and wet > 0.0:
            said.insert(1, parts_notice(calibration, plan, short=bool(self._levels) and self._at_level.short))
        notice = " ".join(filter(None, said))
        return [replace(output, path=path, notice=notice) for output, path in zip(outputs, written.paths)]

    def _measured(self, source: Path, companions: Companions, mix: bool, job: Progress) -> list[Level]:
        """Return the level of each input that the model will get, over the whole region."""
        rate = self._metadata.sample_rate
        meters: dict[int, LevelMeter] = {}
        for chunk in stream_chunks(source, StreamPlan(rate, _METERED * rate, 0), companions.paths):
            job.report(0.0)
            own, further = companions.split(chunk.samples[:, : chunk.valid])
            for place, (_, heard) in enumerate(self._heard(own, further, companions, mix)):
                meters.setdefault(place, LevelMeter(len(heard))).add(heard)
        return [meter.level() for meter in meters.values()]

    def _outputs(self, region: Region, ending: str) -> list[FileOutput]:
        """Name a file for each stem, all different: labels may differ only in what a file name cannot hold."""
        outputs: list[FileOutput] = []
        for number, stem in enumerate(self._stems, start=1):
            path = region.output_path(stem.label, ending)
            if any(output.path == path for output in outputs):
                path = region.output_path(f"{number} {stem.label}", ending)
            outputs.append(FileOutput(path, stem.label))
        return outputs

    def _run(self, samples: Samples, further: Sequence[Samples], companions: Companions, mix: bool) -> Samples:
        """Map a chunk ``(channels, n)``, and those of the further sounds, to ``(stems, channels, n)``."""
        result = np.empty((len(self._stems), *samples.shape), np.float32)
        for place, (taken, heard) in enumerate(self._heard(samples, further, companions, mix)):
            for stem, (left, right) in zip(result[:, taken], self._forward(heard, place)):
                stem[:] = left if not self._stereo else (left + right) / 2 if len(stem) == 1 else (left, right)
        return result

    def _heard(
        self, samples: Samples, further: Sequence[Samples], companions: Companions, mix: bool
    ) -> Iterator[tuple[slice, Samples]]:
        """Yield each input of the model for a chunk ``(channels, n)``, and the channels that its result is for."""
        if mix and not self._stereo:
            self._cancelled = self._cancelled or cancel_each_other(samples)
            yield slice(None), companions.below(samples.mean(axis=0, keepdims=True), further)
            return
        for at in range(0, len(samples), 1 + self._stereo):
            taken = slice(at, at + 1 + self._stereo)
            own = samples[taken]
            own = own.repeat(2, axis=0) if self._stereo and len(own) == 1 else own
            yield taken, companions.below(own, further, taken)

    def _forward(self, samples: Samples, place: int) -> list[tuple[Samples, Samples]]:
        """Map the model's own input, ``(1 or 2, n)``, to each stem's sides, ``(n,)`` each; alike for a mono stem.

        ``place`` is that of this input among those of the chunk.
        """
        rows = self._at_level(samples, self._levels[place]) if self._levels else self._whole(samples)
        stems: Sequence[Stem] = self._stems
        if self._profile is None:
            stems = plan_stems(self._metadata.labels, len(rows), self._stereo)
        elif len(rows) != self._profile.rows:
            raise ModelRunError(
                f"The model returned {len(rows)} rows for this region and {self._profile.rows} when it was tried; "
                "always the same number is expected."
            )
        if len(stems) < len(self._stems):
            raise ModelRunError(f"The model returned {len(rows)} rows where its metadata name {len(self._stems)}.")
        return [(rows[stem.rows[0]], rows[stem.rows[-1]]) for stem in stems[: len(self._stems)]]


def parts_notice(calibration: Calibration | None, plan: StreamPlan, *, short: bool) -> str:
    """Tell that a region was cut although the model's result depends on the whole; nothing where it does not.

    Args:
        calibration: what is known of the model.
        plan: how the region was cut.
        short: whether the level of the whole region could not be had in every part.
    """
    if calibration is None or calibration.depends not in ("everything", "position"):
        return ""
    seconds = f"{plan.chunk / plan.model_rate:.3g} s"
    cut = f"This model goes by the whole region, which was too long for it: it was given in parts of {seconds}"
    if calibration.by_level and not short:
        return f"{cut}, each at the level of the whole."
    return f"{cut}, and the result may change, in level too, where they meet; process shorter regions to avoid that."
