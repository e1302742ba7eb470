"""A region changed from file to file, in fixed memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.audio.extras import Extras, read_extras
from app.audio.io import open_reader, output_format, suffix
from app.audio.stems import open_stems
from app.endpoint import FileOutput, Progress, Region
from app.errors import ModelRunError
from endpoints.time_pitch.change import Change, Engine, Samples, Sound, of_length
from endpoints.time_pitch.methods import AUTOMATIC, OURS, THEIRS
from endpoints.time_pitch.rubber_band import RATES, RubberBand
from endpoints.time_pitch.vocoder import PhaseVocoder

_TIMED = (b"cue ", b"smpl", b"acid", b"clm ", b"strc", b"MARK", b"INST", b"basc", b"\5")
"""Chunks that tell of moments in the sound: wrong once its length has changed. The last is a FLAC's cue sheet."""
_BLOCK = 16384
"""Samples that are read at once: what comes of them takes well under a second."""
_LEAST = 1024
"""Samples: a shorter sound has no pitch."""


def engine_for(method: str, rate: int) -> Engine:
    """Return what a choice of the control means here, for a sound of a rate (Hz).

    Raises:
        ModelRunError: Rubber Band is asked for, and missing, or not made for that rate.
    """
    if method == OURS or (method == AUTOMATIC and rate not in RATES):
        return PhaseVocoder()
    if rate not in RATES:
        raise ModelRunError(
            f"Rubber Band takes 8 to 192 kHz, and this is {rate / 1000:g} kHz; choose the method “{OURS}”."
        )
    try:
        return RubberBand()
    except ModelRunError:
        if method == THEIRS:
            raise
        return PhaseVocoder()


def changed(region: Region, change: Change, method: str, label: str, job: Progress) -> FileOutput:
    """Write the region, changed; its file has the region's format, and what the region's file carried.

    Args:
        region: the region.
        change: what is to become of it.
        method: of :mod:`endpoints.time_pitch.methods`.
        label: the output's.
        job: the job's.

    Raises:
        AudioFileError: the region cannot be read.
        JobCancelledError: the job is to stop.
        ModelRunError: Rubber Band is asked for, and missing, or not made for the region's rate.
        WorkerError: the result cannot be written.
    """
    source = region.audio.path
    passes = _Passes(source, job)
    with open_reader(source) as reader:
        fmt = reader.format
    samples = fmt.samples if fmt.lossless else sum(block.shape[1] for block in passes.hear(0.0, 0.1))
    sound = Sound(fmt.sample_rate, fmt.channels, samples, passes)
    result = replace(output_format(fmt), samples=change.length(samples))
    result = output_format(result)  # one that has outgrown its container is another
    path = region.output_path(label.lower(), suffix(result, region.audio.name))
    told = ""
    if change.nothing or samples < _LEAST:
        blocks, told = passes(), "Nothing was to be changed, so the sound is as it was."
        if not change.nothing:
            told = "The sound is too short to have a pitch, and was left as it is, but for its length."
    else:
        engine = engine_for(method, fmt.sample_rate)
        blocks = engine.changed(sound, change)
        told = f"By {engine.name}." if method == AUTOMATIC else ""
    extras = read_extras(source)
    with open_stems([path], result, extras if change.time == 1.0 else _untimed(extras), region.too_loud) as files:
        for block in of_length(blocks, fmt.channels, result.samples):
            files.write(np.asarray(block)[None])
        written = files.finish(lambda: job.report(0.99))
    return FileOutput(written.paths[0], label, told)


class _Passes:
    """Reads a region, as often as it is called, and tells of it: it is called two times."""

    def __init__(self, source: Path, job: Progress) -> None:
        self._source = source
        self._job = job
        self._begun = 0

    def __call__(self) -> Iterator[Samples]:
        self._begun += 1
        return self.hear(0.1, 0.3) if self._begun == 1 else self.hear(0.3, 0.98)

    def hear(self, first: float, last: float) -> Iterator[Samples]:
        """Yield the region's blocks ``(channels, n)``; the job's share goes from ``first`` to ``last``."""
        with open_reader(self._source) as reader:
            yield from reader.blocks(lambda read: self._job.report(first + (last - first) * read), _BLOCK)


def _untimed(extras: Extras) -> Extras:
    kept = (item for item in extras.chunks if item[0] not in _TIMED and not item[1].startswith(b"adtl"))
    return replace(extras, chunks=tuple(kept))
