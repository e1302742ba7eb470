"""What a sound file carries beside its sound and a DAW cares for: time stamp, cue points, loops, names, texts.

It is kept as it is, byte for byte, since a result has the length and rate of its source. What tells of the samples
themselves (peaks, checksums) is not. Whatever is not built as its
format says (EBU Tech 3285 for ``bext``, Microsoft's RIFF and Apple's AIFF descriptions, RFC 9639) is dropped.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from app.audio.formats import AudioFormat
from app.audio.headers import chunks
from app.audio.layout import Layout, read_layout

MOST_BYTES = 8 << 20
"""What is kept of a file, in all."""

_XML = (b"iXML", b"axml", b"_PMX")
_MOST_BLOCKS = 10_000
_FLAC_APPLICATION, _FLAC_COMMENT, _FLAC_CUES, _FLAC_PICTURE = b"\2", b"\4", b"\5", b"\6"
_RIFF_KEPT: tuple[bytes, ...] = (
    b"bext",
    b"iXML",
    b"cue ",
    b"smpl",
    b"inst",
    b"acid",
    b"LIST",
    b"DISP",
    b"id3 ",
    b"ID3 ",
)
_RIFF_KEPT += (b"axml", b"chna", b"cart", b"_PMX", b"umid", b"strc", b"LGWV", b"clm ", b"ResU")
_AIFF_KEPT: tuple[bytes, ...] = (b"MARK", b"INST", b"COMT", b"NAME", b"AUTH", b"(c) ", b"ANNO")
_AIFF_KEPT += (b"ID3 ", b"APPL", b"basc", b"CHAN")
_REPEATED = (b"ANNO", b"(c) ", b"APPL", b"DISP", _FLAC_APPLICATION, _FLAC_PICTURE)
"""Of these a file may hold several; of all others the first is kept."""


@dataclass(frozen=True)
class Extras:
    """The chunks of a file that its result keeps.

    Attributes:
        form: whose chunks they are: ``b"RIFF"`` (RF64 too), ``b"FORM"`` (AIFF), ``b"fLaC"``, or none.
        chunks: name and content of each; the name of a FLAC block is its type.
        layout: what the header says of speakers and samples.
    """

    form: bytes = b""
    chunks: tuple[tuple[bytes, bytes], ...] = ()
    layout: Layout = field(default=Layout(), compare=False)

    def encoded(self, fmt: AudioFormat) -> bytes:
        """Return the chunks as they stand in a file of this format."""
        if self.form == b"fLaC":
            return b"".join(name + len(content).to_bytes(3, "big") + content for name, content in self.chunks)
        size = "<I" if self.form == b"RIFF" else ">I"
        data = b""
        for name, content in self.chunks:
            body = content
            if len(body) % 2 and fmt.container == "RF64":  # where libsndfile does not skip padding: it is made to count
                body += b" " if name in _XML else b"\0"
            data += name + struct.pack(size, len(body)) + body + b"\0" * (len(body) % 2)
        return data

    def blank(self, size: int) -> bytes:
        """Return one chunk of ``size`` bytes in all that readers skip."""
        if self.form == b"fLaC":
            return b"\1" + (size - 4).to_bytes(3, "big") + bytes(size - 4)
        name, length = (b"JUNK", "<I") if self.form == b"RIFF" else (b"FLLR", ">I")
        return name + struct.pack(length, size - 8) + bytes(size - 8)

    def fit(self, fmt: AudioFormat) -> bool:
        """Whether files of this format hold such chunks."""
        if fmt.container in ("WAV", "WAVEX", "RF64"):
            return self.form == b"RIFF" and fmt.endian != "BIG"
        if fmt.container == "AIFF":
            return self.form == b"FORM" and not fmt.large
        return self.form == b"fLaC" and fmt.container == "FLAC"


def read_extras(path: Path) -> Extras:
    """Return what is worth keeping of a sound file; nothing where it cannot be read."""
    try:
        with path.open("rb") as file:
            start = file.read(12)
            file.seek(0)
            if start[:4] == b"fLaC":
                return Extras(b"fLaC", _chosen(_flac_blocks(file)))
            if start[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and start[8:] == b"WAVE":
                form = b"" if start[:4] == b"RIFX" else b"RIFF"
                kept = _chosen(_contents(file, _RIFF_KEPT)) if form else ()
                file.seek(0)
                return Extras(form, kept, read_layout(file))
            if start[:4] == b"FORM" and start[8:] in (b"AIFF", b"AIFC"):
                kept = _chosen(_contents(file, _AIFF_KEPT))
                file.seek(0)
                return Extras(b"FORM", kept, read_layout(file))
    except OSError:
        pass  # whoever reads the sound says so
    return Extras()


def _contents(file: BinaryIO, names: tuple[bytes, ...]) -> Iterator[tuple[bytes, bytes]]:
    for name, start, size in chunks(file):
        if name in names and size is not None and size <= MOST_BYTES:
            file.seek(start)
            content = file.read(size)
            if len(content) == size:
                yield name, content


def _flac_blocks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    file.seek(4)
    for _ in range(_MOST_BLOCKS):
        head = file.read(4)
        if len(head) < 4:
            return
        kind, size = bytes([head[0] & 0x7F]), int.from_bytes(head[1:], "big")
        if kind not in (_FLAC_APPLICATION, _FLAC_COMMENT, _FLAC_CUES, _FLAC_PICTURE) or size > MOST_BYTES:
            file.seek(size, 1)
        elif len(content := file.read(size)) == size:
            yield kind, content
        if head[0] & 0x80:
            return


def _chosen(found: Iterator[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
    kept: list[tuple[bytes, bytes]] = []
    seen: set[bytes] = set()
    total = 0
    for name, content in found:
        key = name + content[:4] if name == b"LIST" else name
        if (key in seen and name not in _REPEATED) or not _well_formed(name, content):
            continue
        if total + len(content) > MOST_BYTES:
            continue
        total += len(content) + 9
        seen.add(key)
        kept.append((name, content))
    return tuple(kept)


def _well_formed(name: bytes, content: bytes) -> bool:
    try:
        return _checked(name, content)
    except (struct.error, IndexError, UnicodeDecodeError):
        return False


def _checked(name: bytes, content: bytes) -> bool:
    """Whether ``content`` is as long as what it says it holds; may fail as reading beyond an end does."""
    size = len(content)
    if name == b"LIST":
        return _is_list(content)
    if name == b"cue ":
        return 4 + 24 * _number(content, 0) <= size
    if name == b"smpl":
        return size % 2 == 0 and 36 + 24 * _number(content, 28) + _number(content, 32) <= size
    if name in _XML:
        return content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"
    if name == b"MARK":
        return _marks_end(content) <= size
    if name == b"COMT":
        return _comments_end(content) <= size
    if name == _FLAC_COMMENT:
        return _is_flac_comment(content)
    if name == _FLAC_CUES:
        return _cues_end(content) == size
    if name == _FLAC_PICTURE:
        return _picture_end(content) == size
    if name == b"chna":
        return 4 + 40 * int(struct.unpack_from("<H", content, 2)[0]) <= size
    if name in (b"id3 ", b"ID3 "):
        return content[:3] == b"ID3" and size >= 10
    if name == _FLAC_APPLICATION:
        return content[:4] in (b"riff", b"aiff", b"w64 ")
    least = {b"bext": 602, b"inst": 7, b"acid": 24, b"INST": 20, b"cart": 2048, b"DISP": 5}
    least |= {b"basc": 84, b"CHAN": 12, b"APPL": 4}
    return size >= least.get(name, 1)


def _number(content: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", content, at)[0])


def _is_list(content: bytes) -> bool:
    """Whether a ``LIST`` holds texts about the file or about its cue points, whole to its end."""
    if content[:4] not in (b"INFO", b"adtl") or len(content) < 5:
        return False
    least = {b"labl": 4, b"note": 4, b"ltxt": 20} if content[:4] == b"adtl" else {}
    at = 4
    while at < len(content):
        size = _number(content, at + 4)
        if size < least.get(content[at : at + 4], 0) or at + 8 + size > len(content):
            return False
        at += 8 + size + size % 2
    return True


def _marks_end(content: bytes) -> int:
    at = 2
    for _ in range(struct.unpack_from(">H", content)[0]):
        at += 6 + (content[at + 6] + 2) // 2 * 2  # the text's length and the text take an even number of bytes
    return at


def _comments_end(content: bytes) -> int:
    at = 2
    for _ in range(struct.unpack_from(">H", content)[0]):
        at += 8 + (struct.unpack_from(">H", content, at + 6)[0] + 1) // 2 * 2
    return at


def _is_flac_comment(content: bytes) -> bool:
    at = 4 + _number(content, 0)
    count, at = _number(content, at), at + 4
    for _ in range(count):
        size = _number(content, at)
        content[at + 4 : at + 4 + size].decode()
        at += 4 + size
    return at == len(content)


def _picture_end(content: bytes) -> int:
    at = 4
    for before in (0, 0, 16):  # kind of content, text, and the picture, behind its four measures
        at += before
        at += 4 + int(struct.unpack_from(">I", content, at)[0])
    return at


def _cues_end(content: bytes) -> int:
    at = 396
    for _ in range(content[395]):
        at += 36 + 12 * content[at + 35]
    return at
