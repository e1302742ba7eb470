"""Which decoder a sound file needs, and in which shape it must see the file to hear all of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from app.audio.flac_links import flac_links
from app.audio.media import media_kind, open_media
from app.audio.mpeg import mpeg_parts
from app.audio.ogg import ogg_links
from app.audio.parts import Part, PartsFile
from app.audio.riff_parts import riff_parts
from app.audio.stream_file import FAILURES, UNKNOWN_LENGTH, StreamFile
from app.errors import AudioFileError

_KNOWN = (b"RIFF", b"RIFX", b"RF64", b"BW64", b"FORM", b"OggS", b"fLaC", b"caff", b".snd", b"riff", b"PK\3\4")
"""Files that begin so may hold an MP3's frames, and are none."""


class Source(Protocol):
    """An open sound file, in libsndfile's words."""

    samplerate: int
    channels: int
    frames: int
    format: str
    subtype: str
    endian: str

    def read(self, frames: int, dtype: str, *, always_2d: bool) -> NDArray[np.floating[Any]]:
        """Return the next ``(n, channels)``; ``n`` is ``frames``, or less at the end."""


def open_source(path: Path, stack: ExitStack) -> tuple[Source, str]:
    """Open a sound file, which ``stack`` closes; tell what is odd about it in a sentence, or ``""``.

    Raises:
        AudioFileError: it is not sound, or cut short, or of a kind whose decoder is not installed.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(12)
        riff = riff_parts(file)
    handle = stack.enter_context(path.open("rb"))
    if kind := media_kind(start):
        return open_media(path, kind, stack), ""
    links: Sequence[Sequence[Part]] = ()
    if start[:4] == b"OggS":
        links = ogg_links(path)
    elif start[:4] == b"fLaC" or start[:3] == b"ID3":
        links = [[span] for span in flac_links(handle)]
        if len(links) > 1:
            # The server has promised what the first one's header tells.
            raise AudioFileError(f"The file is {len(links)} FLAC files joined; send each by itself.")
    if len(links) > 1:
        joined = _Joined(handle, links)
        stack.callback(joined.close)
        return joined, f"The file is {len(links)} files joined; all were read, one after the other."
    if links:
        whole = PartsFile(handle, links[0])
        wide = _wide_flac(whole.read(26))
        whole.seek(0)
        if wide:
            return open_media(path, "FLAC with 32-bit samples", stack), ""
        return _opened(stack, whole) or _refuse(), ""
    if riff:
        return _opened(stack, PartsFile(handle, riff[0])) or _refuse(), riff[1]
    # A number of an open file means nothing to another C runtime, which libsndfile has on Windows.
    plain = _opened(stack, handle if os.name == "nt" else handle.fileno())
    perhaps = plain.subtype == "MPEG_LAYER_III" if plain else not start.startswith(_KNOWN)
    if perhaps and (mpeg := mpeg_parts(path)):
        return _opened(stack, PartsFile(handle, mpeg.parts)) or _refuse(), mpeg.notice
    return plain or _refuse(), ""


def _opened(stack: ExitStack, source: object) -> StreamFile | None:
    """Open a file with libsndfile; None where it cannot.

    A name's ending would make it take any text for headerless sound: it gets no name.
    """
    try:
        file: StreamFile = stack.enter_context(StreamFile(source, closefd=False))
    except (*FAILURES, TypeError, ValueError):
        return None
    return file


def _refuse() -> NoReturn:
    raise AudioFileError("The file is not sound that can be read; WAV, AIFF, FLAC, OGG or MP3 is expected.")


def _wide_flac(start: bytes) -> bool:
    """Whether a FLAC's samples have 32 bits, which libsndfile does not read."""
    return start[:4] == b"fLaC" and int.from_bytes(start[18:26], "big") >> 36 & 31 == 31


class _Joined:
    """Files of one kind, read one after the other."""

    def __init__(self, handle: BinaryIO, links: Sequence[Sequence[Part]]) -> None:
        self._handle = handle
        self._links = links
        self._next = 0
        self._stack = ExitStack()
        kinds, self.frames = set(), 0
        for _ in links:
            file = self._following()
            kinds.add((file.samplerate, file.channels, file.format, file.subtype, file.endian))
            self.frames = min(self.frames + file.frames, UNKNOWN_LENGTH)
        if len(kinds) > 1:
            raise AudioFileError(
                f"The file is {len(links)} files joined, of different rates, channels or kinds; send each by itself."
            )
        self.samplerate, self.channels, self.format, self.subtype, self.endian = kinds.pop()
        self._next = 0
        self._file = self._following()

    def read(self, frames: int, dtype: str, *, always_2d: bool) -> NDArray[np.floating[Any]]:
        """Return the next ``(n, channels)``; ``n`` is ``frames``, or less at the end."""
        blocks = [self._file.read(frames, dtype, always_2d=always_2d)]
        had = len(blocks[0])
        while had < frames and self._next < len(self._links):
            self._file = self._following()
            blocks.append(self._file.read(frames - had, dtype, always_2d=always_2d))
            had += len(blocks[-1])
        return np.concatenate(blocks)

    def close(self) -> None:
        """Close the file that is open."""
        self._stack.close()

    def _following(self) -> StreamFile:
        self._stack.close()
        file = _opened(self._stack, PartsFile(self._handle, self._links[self._next]))
        self._next += 1
        return file or _refuse()
