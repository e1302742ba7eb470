"""A region brought to a target loudness, its true peak under a ceiling."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, Dropdown, Slider
from app.harp.tags import taxonomy_tags

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.audio.io import AudioReader
    from endpoints.loudness.hearing import Samples
    from endpoints.loudness.meter import Measured
    from endpoints.loudness.target import Plan

QUIETER, LIMIT = "Stay quieter", "Limit the peaks"

_TRACK = AudioTrack("Input Audio", "The sound to process: any length, any sample rate, 1 to 32 channels.")
_TARGET = Slider(
    "target",
    "Target loudness",
    "In LUFS, integrated over the region: -14 is what most streaming services play at, -16 podcasts, -23 broadcast.",
    "LUFS",
    -40,
    -5,
    0.1,
    -14,
)
_CEILING = Slider(
    "ceiling",
    "True-peak ceiling",
    "In dBTP: no peak comes out above it, also between samples; they stop 0.1 dB below. -1 is usual, 0 full scale.",
    "dBTP",
    -12,
    0,
    0.1,
    -1,
)
_PEAKS = Dropdown(
    "peaks",
    "If peaks pass the ceiling",
    "“Stay quieter” changes the level alone and stops where the peaks reach the ceiling, below the target. “Limit the "
    "peaks” reaches the target with a look-ahead limiter, which changes the sound, the more the harder it works.",
    (QUIETER, LIMIT),
    QUIETER,
)
_OUTPUT = AudioTrack("Normalized", "In the input's length, sample rate, channels and format.")


class LoudnessNormalization:
    """One gain for the whole region, and a limiter where the user asks for it."""

    card = ModelCard(
        name="Loudness Normalization",
        author="Harpist",
        description=(
            "Brings a region to a target loudness (EBU R 128, ITU-R BS.1770-4) without a true peak above the ceiling. "
            "Turns all of it up or down by one gain, at the file's own sample rate, in all channels alike. Where peaks "
            "are in the way it stays quieter than the target, or limits them: that is heard when it is much. It says "
            "what was reached. No compressor: quiet parts stay as far below loud ones as they were."
        ),
        tags=(
            *taxonomy_tags(
                "production", "post-processing", 48000, "stereo", [_TRACK, _TARGET, _CEILING, _PEAKS], [_OUTPUT]
            ),
            "loudness",
            "LUFS",
            "normalization",
            "limiter",
            "true peak",
        ),
        licence="mit",
    )
    inputs = (_TRACK, _TARGET, _CEILING, _PEAKS)
    outputs = (_OUTPUT,)
    keeps_length = True
    repeatable = True
    permits = ()

    def setup(self, device: str) -> None:
        """Need nothing."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Measure the region, and change its level; the file is read two times, with a limiter four to ten times.

        Raises:
            AudioFileError: the region cannot be read.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            WorkerError: the result cannot be written.
        """
        from endpoints.loudness.hearing import measure, through_limiter
        from endpoints.loudness.target import Plan, limited, plain_gain

        path, progress = region.audio.path, _Passes(job)
        target, ceiling = float(controls["target"]), float(controls["ceiling"])  # type: ignore[arg-type]
        measured = measure(path, lambda reader: reader.blocks(progress.next()))
        loudness = measured.integrated()
        if loudness == float("-inf"):
            silent = Plan(0.0, peak=measured.peak.decibels)
            return [_written(region, silent, progress, "It holds no sound above -70 LUFS, and was left as it is.")]

        def hear(gain: float, limit: float) -> Measured:
            return measure(path, lambda reader: through_limiter(reader, gain, limit, progress.next()))

        plan = plain_gain(measured, target, ceiling)
        if plan.held_back and controls["peaks"] == LIMIT:
            plan = limited(measured, target, ceiling, hear)
        return [_written(region, plan, progress, told(measured, plan, target, ceiling))]


def told(measured: Measured, plan: Plan, target: float, ceiling: float) -> str:
    """Return a sentence of what was reached."""
    text = (
        f"From {measured.integrated():.1f} to {plan.loudness:.1f} LUFS, {plan.gain + plan.trim:+.1f} dB; "
        f"true peak {plan.peak:.1f} dBTP."
    )
    if plan.limit is not None:
        text += f" Peaks were limited by up to {max(0.0, measured.peak.decibels + plan.gain - plan.peak):.1f} dB."
    if plan.held_back:
        text += f" That is {target - plan.loudness:.1f} LU below the target: more would "
        text += f"pass {ceiling:g} dBTP; “{LIMIT}” comes nearer." if plan.limit is None else "need harder limiting."
    if measured.too_short:
        text += " It is shorter than 0.4 s, so its loudness is that of all of it, without a gate."
    return text


class _Passes:
    """Tells of the progress of several passes whose number is not known: each takes half of what is left."""

    def __init__(self, job: Progress) -> None:
        self._job = job
        self._left = 1.0

    def next(self) -> Callable[[float], None]:
        """Return what the next pass tells its share to."""
        left = self._left
        self._left /= 2

        def tell(share: float) -> None:
            self._job.report(1.0 - left * (1.0 - share / 2))

        return tell


def _written(region: Region, plan: Plan, progress: _Passes, notice: str) -> FileOutput:
    from app.audio.extras import read_extras
    from app.audio.io import open_reader, output_format, suffix
    from app.audio.stems import open_stems

    source: Path = region.audio.path
    with open_reader(source) as reader:
        fmt = output_format(reader.format)
        path = region.output_path("normalized", suffix(fmt, region.audio.name))
        with open_stems([path], fmt, read_extras(source), region.too_loud) as files:
            for block in _changed(reader, plan, progress):
                files.write(block[None])
            written = files.finish(lambda: None)
    return FileOutput(written.paths[0], "Normalized", notice)


def _changed(reader: AudioReader, plan: Plan, progress: _Passes) -> Iterator[Samples]:
    from endpoints.loudness.hearing import through_limiter

    if plan.limit is None:
        for block in reader.blocks(progress.next()):
            yield block if plan.gain == 0 else block * block.dtype.type(10 ** (plan.gain / 20))
        return
    trim = 10 ** (plan.trim / 20)
    for block in through_limiter(reader, plan.gain, plan.limit, progress.next()):
        yield block * block.dtype.type(trim)
