"""WAV, RF64, BW64: texts in a “LIST INFO” chunk, and a line in the coding history of “bext” (EBU Tech 3285, R 98)."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from app.audio.headers import LONG
from app.audio.parts import Span
from app.provenance.chunked import MOST_BYTES, Chunk, append, there, whole
from app.provenance.info import INFO, info, text_of
from app.provenance.rebuilding import rebuild, size_of
from app.provenance.record import Provenance
from app.provenance.xmp import packet

FORMS = (b"RIFF", *LONG)
_FIXED = 602
"""Bytes of “bext” before its coding history."""

_MOVED = 1 << 30
"""Bytes of a file whose sound is moved to make room in its “bext”; a longer one keeps its coding history as it was."""

_CHANNELS = {1: ",M=mono", 2: ",M=stereo"}


def read_wave(file: BinaryIO) -> str | None:
    """Return the text of a file; ``None`` where it has none."""
    return text_of(chunk.content(file) for chunk in there(file) if chunk.name == b"LIST")


def write_wave(path: Path, made: Provenance) -> bool:
    """Write where a file came from into it; whether it could be."""
    with path.open("rb") as file:
        found = whole(file)
        if found is None:
            return False
        if not any(chunk.name == b"fmt " for chunk in found):
            return False
        line = _line(file, found, made)
        grown = _grown(file, found, line)
    if grown is not None:
        rebuild(path, grown)
    with path.open("r+b") as file:
        found = whole(file) or []
        old = next((c for c in found if c.name == b"LIST" and c.content(file)[:4] == INFO), None)
        added = [(b"LIST", info(old.content(file)[4:] if old else b"", made))]
        if not any(chunk.name == b"bext" for chunk in found):
            added.insert(0, (b"bext", _bext(line, made)))
        if made.generated and not any(chunk.name == b"_PMX" for chunk in found):
            added.append((b"_PMX", packet()))
        return append(file, added, [old] if old else [], b"JUNK")


def _line(file: BinaryIO, found: list[Chunk], made: Provenance) -> bytes:
    """Return a line of the coding history: how the sound is coded, and by what (EBU R 98)."""
    fmt = next(chunk for chunk in found if chunk.name == b"fmt ")
    content = fmt.content(file)[:16].ljust(16, b"\0")
    channels, rate, _, _, bits = struct.unpack_from("<HIIHH", content, 2)
    by = f"Harpist {made.harpist}; {made.model}" + (f"; {made.revision}" if made.revision else "")
    plain = "".join(letter if " " <= letter <= "~" and letter != "," else "_" for letter in by)
    return f"A=PCM,F={rate},W={bits}{_CHANNELS.get(channels, '')},T={plain}\r\n".encode("ascii")


def _grown(file: BinaryIO, found: list[Chunk], line: bytes) -> list[bytes | Span] | None:
    """Return the parts of the file with a line more in its “bext”; ``None`` where that stays as it is."""
    bext = next((chunk for chunk in found if chunk.name == b"bext"), None)
    end = size_of(file)
    if bext is None or end > _MOVED or not _FIXED <= bext.size <= MOST_BYTES:
        return None
    content = bext.content(file)
    history = content[_FIXED:].rstrip(b"\0")
    if history and not history.endswith(b"\r\n"):
        history += b"\r\n"
    content = content[:_FIXED] + history + line
    content += b"\0" * (len(content) % 2)
    behind = bext.start + bext.size + bext.size % 2
    more = len(content) - (behind - bext.start)
    file.seek(0)
    head = bytearray(file.read(bext.start))
    form, at = ("<Q", 20) if head[:4] in LONG else ("<I", 4)
    size = struct.unpack_from(form, head, at)[0] + more
    if size > 0xFFFFFFFF and form == "<I":
        return None
    struct.pack_into(form, head, at, size)
    struct.pack_into("<I", head, bext.start - 4, len(content))
    return [bytes(head), content, Span(behind, max(0, end - behind))]


def _bext(line: bytes, made: Provenance) -> bytes:
    """Return a “bext” chunk of version 1 for a file that has none."""
    fields = struct.pack(
        "<256s32s32s10s8sQH",
        made.sentence().encode("ascii", "replace")[:256],
        b"Harpist",
        b"",
        made.date[:10].encode("ascii", "replace"),
        made.date[11:19].encode("ascii", "replace"),
        0,
        1,
    )
    return fields.ljust(_FIXED, b"\0") + line + b"\0" * (len(line) % 2)
