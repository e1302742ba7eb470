"""A region read as a whole, and its variations written beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.extras import read_extras
from app.audio.formats import AudioFormat
from app.audio.io import open_reader, output_format, suffix
from app.audio.stems import loudness_notice, open_stems
from app.endpoint import Region

Samples = NDArray[np.floating[Any]]

_BLOCK = 65536


@dataclass(frozen=True)
class Source:
    """A region's sound, ``(channels, samples)``, and its format."""

    sound: Samples
    format: AudioFormat


def read_region(path: Path, still: Callable[[], None]) -> Source:
    """Read a sound file.

    Raises:
        AudioFileError: it cannot be read.
    """
    with open_reader(path) as reader:
        blocks = list(reader.blocks(lambda _: still()))
        empty = np.zeros((reader.format.channels, 0), np.float32)
        return Source(np.concatenate(blocks or [empty], axis=1), reader.format)


def write_variations(
    region: Region, source: Source, sounds: Sequence[Samples], still: Callable[[], None]
) -> tuple[tuple[Path, ...], str]:
    """Write variations ``(channels, samples)``, all of one length, in the region's format.

    Returns:
        Where they are, and what is to be said of them.

    Raises:
        WorkerError: the disk is full or not writable.
    """
    length = sounds[0].shape[1]
    fmt = output_format(replace(output_format(source.format), samples=length))
    ending = suffix(fmt, region.audio.name)
    paths = [region.output_path(f"variation-{number}", ending) for number, _ in enumerate(sounds, 1)]
    # What a file carries of moments in the sound is wrong once its length has changed.
    extras = read_extras(region.audio.path) if length == source.sound.shape[1] else None
    with open_stems(paths, fmt, extras, region.too_loud) as files:
        for start in range(0, length, _BLOCK):
            still()
            files.write(np.stack([sound[:, start : start + _BLOCK] for sound in sounds]))
        written = files.finish(still)
    return written.paths, " ".join(filter(None, [source.format.notice, loudness_notice(written, fmt)]))
