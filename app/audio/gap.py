"""Placing chunks between the header and the sound of a file that libsndfile writes, without copying the sound.

libsndfile writes its file behind a gap as long as the chunks. Once it is complete, its header moves to the very start,
and the chunks fill the gap, which then lies behind the header.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from app.audio.extras import Extras
from app.audio.formats import AudioFormat
from app.audio.headers import SOUND, chunks

_FLAC_HEAD = 42
"""Bytes of the mark and the first block, the stream's description, which all others follow."""

_FLAC_PADDING, _FLAC_COMMENT = 1, 4


class FileBehindGap:
    """A file as soundfile takes it, whose first byte lies behind a gap.

    soundfile calls it from C, where exceptions are lost: the first is kept and raised by :meth:`fill`.
    """

    def __init__(self, file: BinaryIO, extras: Extras, fmt: AudioFormat) -> None:
        self._file = file
        self._extras = extras
        self._data = extras.encoded(fmt)
        self._filled = 0
        self._error: OSError | None = None
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._file.truncate(0)
        self._file.seek(len(self._data))

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move as ``io.IOBase.seek`` does."""
        return self._file.seek(offset + len(self._data) if whence == 0 else offset, whence) - len(self._data)

    def tell(self) -> int:
        """Return the position."""
        return self._file.tell() - len(self._data)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        return self._file.read(size)

    def write(self, data: bytes) -> int:
        """Write all bytes, or none after an error."""
        try:
            return 0 if self._error else self._file.write(data)
        except OSError as error:
            self._error = error
            return 0

    def fill(self) -> None:
        """Move the finished file's header to the start, and put the chunks behind it.

        Raises:
            OSError: the file could not be written.
        """
        if self._error:
            raise self._error
        head = self._flac_head() if self._extras.form == b"fLaC" else self._riff_head()
        self._file.seek(0)
        self._file.write(head + self._data)
        self._file.flush()
        self._filled = len(head)

    def blank(self) -> None:
        """Take the chunks out again: what they leave is skipped by readers.

        Raises:
            OSError: the file could not be written.
        """
        self._file.seek(self._filled)
        self._file.write(self._extras.blank(len(self._data)))

    def _riff_head(self) -> bytes:
        gap = len(self._data)
        self._file.seek(gap)
        end = next(start - 8 for name, start, _ in chunks(self._file) if name in SOUND)
        self._file.seek(gap)
        head = bytearray(self._file.read(end - gap))
        if head[:4] == b"RF64":
            form, at = "<Q", 20
        else:
            form, at = ("<I" if head[:4] == b"RIFF" else ">I"), 4
        struct.pack_into(form, head, at, struct.unpack_from(form, head, at)[0] + gap)
        return bytes(head)

    def _flac_head(self) -> bytes:
        """Return the description; where the chunks have a comment, libsndfile's own becomes padding: one is allowed."""
        at = len(self._data)
        self._file.seek(at)
        head = self._file.read(_FLAC_HEAD)
        last = not any(name[0] == _FLAC_COMMENT for name, _ in self._extras.chunks)
        while not last:
            self._file.seek(at := self._file.tell())
            block = self._file.read(4)
            last, kind, size = bool(block[0] & 0x80), block[0] & 0x7F, int.from_bytes(block[1:], "big")
            if kind == _FLAC_COMMENT:
                self._file.seek(at)
                self._file.write(bytes([_FLAC_PADDING | (0x80 if last else 0)]) + block[1:] + bytes(size))
            self._file.seek(at + 4 + size)
        return head
