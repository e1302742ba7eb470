"""The texts of a “LIST INFO” (Microsoft, RIFF): those that were there, and ours."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from app.provenance.chunked import even
from app.provenance.record import Provenance

INFO = b"INFO"
_FIELD = b"IPRV"
"""Our own text; programs skip what they do not know."""

_SOFTWARE, _COMMENT = b"ISFT", b"ICMT"


def text_of(lists: Iterable[bytes]) -> str | None:
    """Return our text in the contents of a file's lists, the last one; ``None`` where they hold none."""
    found: bytes | None = None
    for content in lists:
        if content[:4] == INFO:
            found = dict(_items(content[4:])).get(_FIELD, found)
    return None if found is None else found.rstrip(b"\0").decode("ascii", "replace")


def info(old: bytes, made: Provenance) -> bytes:
    """Return the content of a list with all texts that it had, and ours.

    Args:
        old: the content of one, behind its mark; empty for none.
        made: what is told.
    """
    items = [(name, content) for name, content in _items(old) if name != _FIELD]
    names = {name for name, _ in items}
    ours = ((_SOFTWARE, f"Harpist {made.harpist}"), (_COMMENT, made.sentence()), (_FIELD, made.text()))
    items += [(name, even(text)) for name, text in ours if name not in names]
    return INFO + b"".join(
        name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2) for name, content in items
    )


def _items(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return name and content of each text."""
    found, at = [], 0
    while at + 8 <= len(data):
        (size,) = struct.unpack_from("<I", data, at + 4)
        found.append((data[at : at + 4], data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return found
