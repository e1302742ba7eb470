"""Chunks put behind those of a finished file, in place: first they are appended, then the header counts them.

So at any moment the file holds all of its sound and its old texts: what is not counted yet is read by nobody.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from app.audio.headers import LONG, ORDERS, SOUND, chunks
from app.provenance.rebuilding import size_of

MOST_BYTES = 8 << 20
"""What is read of one chunk."""

_FULL = 0xFFFFFFFF
_SIZE_64 = 20
"""Where the size of an RF64 stands, in its “ds64” chunk, which comes first."""


@dataclass(frozen=True)
class Chunk:
    """A chunk of a file: its name, where its content begins, and how long that is, in bytes."""

    name: bytes
    start: int
    size: int

    def content(self, file: BinaryIO) -> bytes:
        """Return its content; nothing where that is too long for what is looked for here."""
        file.seek(self.start)
        return file.read(self.size) if self.size <= MOST_BYTES else b""


def there(file: BinaryIO) -> list[Chunk]:
    """Return the chunks of a WAV or AIFF as far as they tell their sizes."""
    file.seek(0)
    return [Chunk(name, start, size) for name, start, size in chunks(file) if size is not None]


def whole(file: BinaryIO) -> list[Chunk] | None:
    """Return the chunks of a WAV or AIFF; ``None`` where they, or the sizes in its header, do not fill it."""
    file.seek(0)
    head = file.read(28)
    if len(head) < 28 or head[:4] not in ORDERS or (head[:4] in LONG and head[12:16] != b"ds64"):
        return None
    order = ORDERS[head[:4]]
    (told,) = struct.unpack_from("<Q", head, _SIZE_64) if head[:4] in LONG else struct.unpack_from(order + "I", head, 4)
    found: list[Chunk] = []
    file.seek(0)
    for name, start, size in chunks(file):
        if size is None or (name in SOUND and not _counted(file, start, size, head[:4])):
            return None
        found.append(Chunk(name, start, size))
    end = found[-1].start + found[-1].size if found else 0
    # Some programs leave out the byte that pads the last chunk, or do not count it.
    ends = (end, end + end % 2)
    return found if size_of(file) in ends and told + 8 in ends else None


def _counted(file: BinaryIO, start: int, size: int, form: bytes) -> bool:
    """Whether the header of the sound tells its size: else the sound goes on to the end of the file, whatever it is."""
    file.seek(start - 4)
    (told,) = struct.unpack(ORDERS[form] + "I", file.read(4))
    return told == size or (told == _FULL and form in LONG)


def append(file: BinaryIO, added: Sequence[tuple[bytes, bytes]], blanked: Iterable[Chunk], blank: bytes) -> bool:
    """Put chunks behind the others, and take old ones out.

    Args:
        file: a WAV or AIFF of which :func:`whole` has told, open for reading and writing.
        added: name and content of each; contents of an even length, since some readers do not skip padding.
        blanked: the chunks that are taken out.
        blank: the name of a chunk that readers skip.

    Returns:
        Whether there was room: the sizes of most have 32 bits.
    """
    file.seek(0)
    form = file.read(4)
    order = ORDERS[form]
    end = size_of(file)
    data = b"\0" * (end % 2) + b"".join(
        name + struct.pack(order + "I", len(content)) + content for name, content in added
    )
    size = end + len(data) - 8
    if form not in LONG and size > _FULL:
        return False
    file.seek(end)
    file.write(data)
    file.flush()
    if form in LONG:
        _write(file, _SIZE_64, struct.pack("<Q", size))
    else:
        _write(file, 4, struct.pack(order + "I", size))
    for chunk in blanked:
        _write(file, chunk.start - 8, blank)
    return True


def _write(file: BinaryIO, at: int, data: bytes) -> None:
    file.seek(at)
    file.write(data)
    file.flush()


def even(text: str) -> bytes:
    """Return a text that ends with a zero, at an even length."""
    data = text.encode("ascii", "replace") + b"\0"
    return data + b"\0" * (len(data) % 2)
