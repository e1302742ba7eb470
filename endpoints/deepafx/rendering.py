"""A region through what was learnt: its sound, at its level and under a ceiling, and what the knobs were set to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.audio.extras import read_extras
from app.audio.io import open_reader, output_format, suffix
from app.audio.stems import open_stems
from app.endpoint import FileOutput, Outputs, Region
from app.errors import ModelFormatError, ModelRunError, WorkerError
from app.output_names import stem_of
from endpoints.deepafx.applying import Way, applied, heard, times_of
from endpoints.deepafx.chain import Chain, ChainError, Turns
from endpoints.deepafx.controls import FILE, SOUND, Asked
from endpoints.deepafx.folder import Result
from endpoints.deepafx.kept_sound import KeptSound
from endpoints.deepafx.settings_file import has_presets, settings_bytes, settings_data
from endpoints.deepafx.settings_labels import settings_labels
from endpoints.effects.plugin import Block
from endpoints.loudness.hearing import weights_of
from endpoints.loudness.limiter import TruePeakLimiter
from endpoints.loudness.meter import LoudnessMeter

_BLOCK = 1 << 14
_MOST = 40.0
"""dB by which the loudness is brought back, at most."""

_BELOW = 0.05
"""dB below the ceiling at which peaks stop, since the limiter may pass it by some hundredths."""


@dataclass(frozen=True)
class _Level:
    """What the level of the whole comes to.

    Attributes:
        gain: dB that bring the loudness back.
        before, after: LUFS, as it came, and as the effects left it; ``None`` where nobody measured.
    """

    gain: float = 0.0
    before: float | None = None
    after: float | None = None

    @property
    def told(self) -> str:
        """A sentence, or ``""``."""
        if self.before is None or self.after is None or not math.isfinite(self.before + self.after):
            return ""
        made = f"The effects brought it from {self.before:.1f} to {self.after:.1f} LUFS"
        return f"{made}; {self.gain:+.1f} dB bring it back."


def rendered(
    result: Result, region: Region, asked: Asked, report: Callable[[float], None], learnt: str = ""
) -> Outputs:
    """Return a region's sound, labels and file of settings, in that order.

    The file is read two times: first it is heard, then it goes through the chain. All channels get the same settings.

    Args:
        result: what was learnt.
        region: the region.
        asked: how it is applied.
        report: is told the part that is done, 0 to 1; what it raises ends it.
        learnt: a sentence of how, for whoever gets the sound.

    Raises:
        AudioFileError: the sound cannot be read.
        ModelFormatError: an effect of the chain is not here.
        ModelRunError: the encoder or an effect made something else than finite numbers.
        WorkerError: the result cannot be written.
    """
    source = region.audio.path
    meter = _meter(source) if asked.matched else None
    found = heard(result.encoder, source, lambda part: report(0.3 * part), meter.push if meter else lambda _: None)
    if not np.isfinite(found).all():
        raise ModelRunError("The encoder made something else than numbers of this sound; what was learnt is of no use.")
    curve = Way(asked.amount, asked.moving, asked.smoothing).follow(found, result.plan.defaults)
    before = meter.finish().integrated() if meter else None
    sound, level, seconds = _sound(result, region, asked, curve, before, lambda part: report(0.3 + 0.7 * part))
    times = times_of(len(curve))
    about = {
        "name": result.name,
        "seconds": round(seconds, 6),
        "amount": asked.amount,
        "moving": asked.moving,
        "smoothing_seconds": asked.smoothing,
        "gain_after_db": round(level.gain, 3),
        "ceiling_dbtp": asked.ceiling,
    }
    plan, name = result.plan, stem_of(region.audio.name)[:60]
    file = region.output_path("settings", ".zip" if has_presets(plan) else ".json")
    try:
        file.write_bytes(settings_bytes(plan, settings_data(plan, curve, times, about), name))
    except OSError as error:
        raise WorkerError(f"The settings cannot be written: {error.strerror}.") from error
    return [
        FileOutput(sound, SOUND.label, " ".join(filter(None, [learnt, *result.notices, level.told]))),
        settings_labels(plan, curve, times, seconds),
        FileOutput(file, FILE.label),
    ]


def _meter(source: Path) -> LoudnessMeter:
    with open_reader(source) as reader:
        weights, _ = weights_of(source, reader.format.channels)
        return LoudnessMeter(reader.format.sample_rate, weights)


def _sound(
    result: Result,
    region: Region,
    asked: Asked,
    curve: Turns,
    before: float | None,
    report: Callable[[float], None],
) -> tuple[Path, _Level, float]:
    """Write the sound; return where it lies, its level, and its length in seconds."""
    source = region.audio.path
    share = 1.0 if before is None else 0.8
    with open_reader(source) as reader, ExitStack() as opened:
        given = reader.format
        fmt = output_format(given)
        try:
            chain = Chain(result.plan, given.sample_rate, given.channels)
        except ChainError as error:
            raise ModelFormatError(str(error)) from error

        def blocks() -> Iterator[Block]:
            return reader.blocks(lambda read: report(share * read), _BLOCK)

        def again(kept: KeptSound) -> Iterator[Block]:
            done = 0
            for block in kept.blocks():
                done += block.shape[1]
                report(share + (1 - share) * min(1.0, done / max(1, given.samples)))
                yield block

        sound, level = applied(chain, blocks(), curve, given.sample_rate), _Level()
        if before is not None:
            kept, meter = opened.enter_context(KeptSound()), _meter(source)
            for block in sound:
                kept.write(block)
                meter.push(block)
            after = meter.finish().integrated()
            gain = min(max(before - after, -_MOST), _MOST) if math.isfinite(before - after) else 0.0
            sound, level = again(kept), _Level(gain, before, after)
        limiter = TruePeakLimiter(given.channels, given.sample_rate, 10 ** (level.gain / 20), asked.ceiling - _BELOW)
        path = region.output_path(SOUND.label, suffix(fmt, region.audio.name))
        with open_stems([path], fmt, read_extras(source), region.too_loud) as files:
            for block in sound:
                for made in limiter.push(block):
                    files.write(made[None])
            for made in limiter.finish():
                files.write(made[None])
            written = files.finish(lambda: report(1.0))
        return written.paths[0], level, reader.position / given.sample_rate
