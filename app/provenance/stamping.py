"""Which container a file is, and so how its text is written and read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.provenance.aiff import read_aiff, write_aiff
from app.provenance.au import read_au, write_au
from app.provenance.caf import read_caf, write_caf
from app.provenance.flac import flac_start, read_flac, write_flac
from app.provenance.labels import read_labels
from app.provenance.midi import read_midi_text, write_midi_text
from app.provenance.mp3 import read_mp3, write_mp3
from app.provenance.ogg import read_ogg, write_ogg
from app.provenance.record import Provenance, parse
from app.provenance.wave import FORMS, read_wave, write_wave
from app.provenance.wave64 import MARK, read_wave64, write_wave64


@dataclass(frozen=True)
class _Container:
    name: str
    read: Callable[[BinaryIO], str | None]
    write: Callable[[Path, Provenance], bool]


def _not_written(_path: Path, _made: Provenance) -> bool:
    """Leave a file as it is: the text of labels is written with them."""
    return False


_WAVE = _Container("WAV", read_wave, write_wave)
_AIFF = _Container("AIFF", read_aiff, write_aiff)
_MP3 = _Container("MP3", read_mp3, write_mp3)
_LABELS = _Container("labels", read_labels, _not_written)
_BY_MARK = {
    b"OggS": _Container("Ogg", read_ogg, write_ogg),
    b"MThd": _Container("MIDI", read_midi_text, write_midi_text),
    b"caff": _Container("CAF", read_caf, write_caf),
    b".snd": _Container("AU", read_au, write_au),
}
_FLAC = _Container("FLAC", read_flac, write_flac)
_WAVE64 = _Container("Wave64", read_wave64, write_wave64)


def stamp(path: Path, made: Provenance) -> bool:
    """Write into a file of the server's own where it came from; its sound, and what else it tells, stay as they are.

    Where it tells already where what it was made from had come from, that is kept behind what is told now.

    Returns:
        Whether it could be: a file of another kind, or one that is not built as its kind is, stays as it is.

    Raises:
        OSError: the disk is full.
    """
    with path.open("rb") as file:
        container = _container(file)
        told = None if container is None else container.read(file)
    return container is not None and container.write(path, made.after(told))


def provenance_in(path: Path) -> tuple[str, Provenance | None]:
    """Return the kind of a file, ``""`` for none that could tell, and what it tells; a stranger's word.

    It is read in linear time, and in little memory.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        container = _container(file)
        told = None if container is None else container.read(file)
    return "" if container is None else container.name, None if told is None else parse(told)


def _container(file: BinaryIO) -> _Container | None:
    file.seek(0)
    head = file.read(12)
    if head[:4] in FORMS and head[8:] == b"WAVE":
        return _WAVE
    if head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
        return _AIFF
    if head[:8] == MARK:
        return _WAVE64
    if head[:3] == b"ID3" or head[:4] == b"fLaC":
        return _MP3 if flac_start(file) is None else _FLAC
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:
        return _MP3
    if head.lstrip()[:1] == b"{":
        return _LABELS
    return _BY_MARK.get(head[:4])
