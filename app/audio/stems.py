"""Writing the stems of one region: together, so that what is too loud for their format changes all of them alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.extras import Extras
from app.audio.formats import INTEGER_BITS, AudioFormat, float_format, suffix
from app.audio.writing import AudioWriter, open_writer
from app.errors import ModelRunError

Samples = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Written:
    """Stems that are complete.

    Attributes:
        paths: where they lie: under another ending where their container had to change.
        format: what they are.
        peak: the loudest sample of all as it came; 1 is full scale.
        changed: what was done since that was too loud: ``"float"``, ``"scale"`` or ``"clip"``; ``""``: nothing.
    """

    paths: tuple[Path, ...]
    format: AudioFormat
    peak: float
    changed: str = ""

    @property
    def gain(self) -> float:
        """The factor by which all stems were turned down; 1.0 where they were not."""
        return 1.0 / self.peak if self.changed == "scale" else 1.0


class StemFiles:
    """The stems of one region, written block by block, all of one format.

    Integer formats hold nothing louder than full scale. So stems of such a format are written as floats too, and from
    the first sample that is too loud as floats alone. At the end one of the two stays: the integers where they hold
    all; else the floats (``"float"``), or integers made of the floats, scaled by one factor for all (``"scale"``).
    Either way the stems still sum to the mix. With ``"clip"`` there are no floats, and what is too loud is cut off.

    Args:
        writers: one per stem.
        floats: one per stem, where floats are wanted.
        too_loud: ``"float"``, ``"scale"`` or ``"clip"``.
    """

    def __init__(
        self, paths: Sequence[Path], writers: Sequence[AudioWriter], floats: Sequence[AudioWriter], too_loud: str
    ) -> None:
        self._paths = tuple(paths)
        self._writers = writers
        self._floats = floats
        self._too_loud = too_loud
        self._peak = 0.0

    def write(self, blocks: Samples) -> None:
        """Append ``blocks (stems, channels, n)``.

        Raises:
            ModelRunError: they hold samples that are no numbers.
            WorkerError: the disk is full or not writable.
        """
        if not blocks.size:
            return
        peak = max(float(blocks.max()), -float(blocks.min()))
        if not math.isfinite(peak):
            raise ModelRunError(
                "The model returned samples that are not finite numbers (NaN or infinity) where sound is expected."
            )
        self._peak = max(self._peak, peak)
        for writer, block in zip(self._floats, blocks):
            writer.write(block)
        if self._peak <= 1.0 or not self._floats:
            for writer, block in zip(self._writers, blocks, strict=True):
                writer.write(block)

    def finish(self, still: Callable[[], None]) -> Written:
        """Settle what the stems are, once all is written.

        ``still`` is called for every block that is scaled; what it raises ends the writing.

        Raises:
            WorkerError: the disk is full or not writable.
        """
        fmt = self._writers[0].format
        done = Written(self._paths, fmt, self._peak)
        if self._peak > 1.0 and fmt.integer:
            done = replace(done, changed=self._too_loud)
        if done.changed == "float":
            for writer in self._writers:
                writer.discard()
            return replace(done, paths=tuple(writer.path for writer in self._floats), format=self._floats[0].format)
        for writer, kept in zip(self._writers, self._floats):
            if done.changed == "scale":
                writer.restart()
                for block in kept.read_back():
                    still()
                    writer.write(block * block.dtype.type(done.gain))
            kept.discard()
        return done


@contextmanager
def open_stems(
    paths: Sequence[Path], fmt: AudioFormat, extras: Extras | None = None, too_loud: str = "float"
) -> Iterator[StemFiles]:
    """Write sound files of one format that appear when all are complete, and not at all after an error.

    Each gets the ``extras`` that the format holds. ``too_loud`` is what becomes of samples beyond full scale.

    Raises:
        WorkerError: the disk is full or not writable.
    """
    with ExitStack() as stack:
        writers = [stack.enter_context(open_writer(path, fmt, extras)) for path in paths]
        floats: list[AudioWriter] = []
        if fmt.integer and too_loud == "float":
            kept = float_format(fmt)
            ended = paths if kept.container == fmt.container else [_ended(path, kept) for path in paths]
            floats = [stack.enter_context(open_writer(path, kept, extras)) for path in ended]
        elif fmt.integer and too_loud == "scale":
            kept = replace(fmt, container="RF64", subtype="DOUBLE" if fmt.wide else "FLOAT", endian="FILE")
            floats = [stack.enter_context(open_writer(path, kept)) for path in paths]
        yield StemFiles(paths, writers, floats, too_loud)


def _ended(path: Path, fmt: AudioFormat) -> Path:
    """Return a path for a stem whose container has changed; one without an ending gets none."""
    return path.with_suffix(suffix(fmt, path.name)) if path.suffix else path


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
