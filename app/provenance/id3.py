"""ID3v2 tags (id3.org, 2.2 to 2.4): our text as “TXXX”, and IPTC's packet as “PRIV”, in front of what a tag holds."""

from __future__ import annotations

from collections.abc import Iterator

from app.provenance.record import FIELD, Provenance
from app.provenance.xmp import packet

HEAD = 10
_FIRST_VERSION = 128
"""Bytes of a tag of version 1, at the end of a file."""
_EXTENDED, _FOOTER = 0x40, 0x10
_NAMES = {2: (b"TXX", b"TSS"), 3: (b"TXXX", b"TSSE"), 4: (b"TXXX", b"TSSE")}
"""Of a user's text and of the software, by version."""

_MARK = b"\0" + FIELD.encode() + b"\0"
"""How the content of our frame begins: Latin-1, and what it is called."""


def length(head: bytes) -> int:
    """Return how many bytes a tag takes whose header this is; 0 for none."""
    if len(head) < HEAD or head[:3] != b"ID3" or head[3] not in _NAMES or any(byte & 0x80 for byte in head[6:10]):
        return 0
    return HEAD + _synchsafe(head[6:10]) + (HEAD if head[5] & _FOOTER else 0)


def text_in(tag: bytes) -> str | None:
    """Return our text in a tag; ``None`` where it holds none."""
    for name, start, end in _frames(tag):
        if name == _NAMES[tag[3]][0] and tag[start:end].startswith(_MARK):
            return tag[start + len(_MARK) : end].decode("ascii", "replace")
    return None


def with_text(tag: bytes, made: Provenance) -> bytes | None:
    """Return a tag with all that it had, and ours; ``None`` for one whose form is too seldom to be changed here.

    Args:
        tag: the whole of it; empty for a new one, of version 2.3.
        made: what is told.
    """
    tag = tag or b"ID3\x03" + bytes(6)
    if length(tag) != len(tag) or tag[5] & (_EXTENDED | _FOOTER):
        return None
    version = tag[3]
    user, software = _NAMES[version]
    kept, names, end = bytearray(), set(), HEAD
    for name, start, behind in _frames(tag):
        if name != user or not tag[start:behind].startswith(_MARK):
            kept += tag[end:behind]
            names.add(name)
        end = behind
    ours = _frame(user, _MARK + made.text().encode("ascii"), version)
    if software not in names:
        ours += _frame(software, b"\0" + f"Harpist {made.harpist}".encode("ascii"), version)
    if made.generated and version > 2:
        ours += _frame(b"PRIV", b"XMP\0" + packet(), version)
    body = ours + kept + tag[end:]
    body += b"\0" * (len(body) % 2)
    return None if len(body) >= 1 << 28 else tag[:6] + _as_synchsafe(len(body)) + body


def from_first(end: bytes) -> bytes:
    """Return a tag of version 2.3 with what one of version 1 tells: beside a newer tag, programs do not read that.

    Args:
        end: the last 128 bytes of a file; a tag of version 1 or anything else, for which the new one is empty.
    """
    frames = b""
    if len(end) == _FIRST_VERSION and end[:3] == b"TAG":
        told = {b"TIT2": end[3:33], b"TPE1": end[33:63], b"TALB": end[63:93], b"TYER": end[93:97]}
        comment = end[97:127].split(b"\0")[0].rstrip()
        if end[125] == 0 and end[126]:
            told[b"TRCK"] = str(end[126]).encode()
        texts = {name: text.split(b"\0")[0].rstrip() for name, text in told.items()}
        frames = b"".join(_frame(name, b"\0" + text, 3) for name, text in texts.items() if text)
        frames += _frame(b"COMM", b"\0eng\0" + comment, 3) if comment else b""
    return b"ID3\x03\0\0" + _as_synchsafe(len(frames)) + frames


def _frames(tag: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of the content of each frame."""
    if length(tag[:HEAD]) == 0 or tag[5] & _EXTENDED:
        return
    version, at = tag[3], HEAD
    width = 6 if version == 2 else 10
    letters = 3 if version == 2 else 4
    while at + width <= len(tag) and tag[at] != 0:
        size_bytes = tag[at + letters : at + 2 * letters]
        size = _synchsafe(size_bytes) if version == 4 else int.from_bytes(size_bytes, "big")
        start = at + width
        if start + size > len(tag):
            return
        yield tag[at : at + letters], start, start + size
        at = start + size


def _frame(name: bytes, content: bytes, version: int) -> bytes:
    size = len(content)
    if version == 2:
        return name + size.to_bytes(3, "big") + content
    return name + (_as_synchsafe(size) if version == 4 else size.to_bytes(4, "big")) + b"\0\0" + content


def _synchsafe(data: bytes) -> int:
    """Return a number that is written in the lower seven bits of four bytes."""
    number = 0
    for byte in data:
        number = number << 7 | byte & 0x7F
    return number


def _as_synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))
