"""The worker's endpoint for waveform-to-waveform models: effects and separation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from app.audacitorch.arguments.companions import Companions
from app.audacitorch.describe import MIX_TO_MONO, expected_stems
from app.audacitorch.inference.chunks import effect_plan
from app.audacitorch.inference.model_endpoint import ModelEndpoint
from app.audacitorch.inference.whole import WholeForward
from app.audacitorch.stems import Stem, plan_stems
from app.audio.formats import INTEGER_BITS, AudioFormat
from app.audio.io import output_format, probe, suffix
from app.audio.resample import resampled_length
from app.audio.stems import Written
from app.audio.stream import stream_effect
from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.errors import ModelRunError

Samples = NDArray[np.float32]


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
        self._whole = WholeForward(self._arranged, self._device)
        source = region.audio.path
        fmt = probe(source)
        rate = self._metadata.sample_rate
        shortest = self._profile.seconds if self._profile else 0.0
        length = resampled_length(fmt.samples, fmt.sample_rate, rate)
        plan = effect_plan(length, rate, self._profile.calibration if self._profile else None, shortest)
        mix = controls.get("channels") == MIX_TO_MONO
        wet = cast(float, controls.get("wet", 100.0)) / 100.0
        outputs = self._outputs(region, suffix(output_format(fmt), region.audio.name))

        def process(samples: Samples) -> Samples:
            own, further = companions.split(samples)
            if wet == 0.0:
                return np.zeros((len(self._stems), *own.shape), np.float32)
            result = self._run(own, further, companions, mix)
            return result if wet == 1.0 else result * np.float32(wet)

        paths = [output.path for output in outputs]
        written = stream_effect(
            source,
            paths,
            process,
            plan,
            dry=1.0 - wet,
            beside=companions.paths,
            too_loud=region.too_loud,
            progress=job.report,
        )
        notice = " ".join(filter(None, (fmt.notice, loudness_notice(written, output_format(fmt)))))
        return [replace(output, path=path, notice=notice) for output, path in zip(outputs, written.paths)]

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
        if mix and not self._stereo:
            mono = companions.below(samples.mean(axis=0, keepdims=True), further)
            for stem, (row, _) in zip(result, self._forward(mono)):
                stem[:] = row
        elif not self._stereo:
            for channel in range(len(samples)):
                one = companions.below(samples[channel : channel + 1], further, slice(channel, channel + 1))
                for stem, (row, _) in zip(result, self._forward(one)):
                    stem[channel] = row
        else:
            for at in range(0, len(samples), 2):
                pair = samples[at : at + 2]
                alone = len(pair) == 1
                both = companions.below(pair.repeat(2, axis=0) if alone else pair, further, slice(at, at + 2))
                for stem, (left, right) in zip(result, self._forward(both)):
                    stem[at : at + 2] = (left + right) / 2 if alone else (left, right)
        return result

    def _forward(self, samples: Samples) -> list[tuple[Samples, Samples]]:
        """Map the model's own input, ``(1 or 2, n)``, to each stem's sides, ``(n,)`` each; alike for a mono stem."""
        rows = self._whole(samples)
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


def loudness_notice(written: Written, wanted: AudioFormat) -> str:
    """Tell what was done where stems were too loud for the integers of the ``wanted`` format; nothing where not."""
    if not written.changed:
        return ""
    one = len(written.paths) == 1
    subject, was = ("The result", "was") if one else ("The stems", "were")
    excess, bits = max(0.1, 20 * math.log10(written.peak)), INTEGER_BITS[wanted.subtype]
    loud = f"{subject} {was} {excess:.1f} dB too loud for {f'a {bits}-bit file' if one else f'{bits}-bit files'}"
    if written.changed == "clip":
        return f"{loud}, and {was} cut off at full scale."
    if written.changed == "scale":
        return f"{loud} and {was} turned down{'' if one else ' together'}; 32-bit float keeps the level."
    form = "" if suffix(written.format) == suffix(wanted) else " WAV"
    return f"{loud}, and {was} written as 32-bit float{form}; the level is kept."
