"""Vorbis comments, as FLAC, Vorbis and Opus have them (xiph.org, “Vorbis I specification”, chapter 5)."""

from __future__ import annotations

import struct

from app.provenance.record import FIELD, GENERATED, Provenance

_MARK = f"{FIELD}=".encode()


def text_in(block: bytes) -> str | None:
    """Return our text among the comments of a block; ``None`` where there is none."""
    found = split(block)
    texts = [item for item in found[1] if item.upper().startswith(_MARK)] if found else []
    return texts[-1][len(_MARK) :].decode("ascii", "replace") if texts else None


def with_text(block: bytes, made: Provenance) -> bytes | None:
    """Return a block with all that it had, and ours; ``None`` for one that is not built as it must be.

    What lies behind its last comment stays there: Vorbis has a bit, Opus a padding.
    """
    found = split(block or struct.pack("<II", 0, 0))
    if found is None:
        return None
    vendor, items, rest = found
    items = [item for item in items if not item.upper().startswith(_MARK)]
    items.append(_MARK + made.text().encode("ascii"))
    if not any(item.upper().startswith(b"SOFTWARE=") for item in items):
        items.append(f"SOFTWARE=Harpist {made.harpist}".encode("ascii"))
    if made.generated:
        items.append(f"DIGITALSOURCETYPE={GENERATED}".encode("ascii"))
    return b"".join((_counted(vendor), struct.pack("<I", len(items)), *map(_counted, items), rest))


def split(block: bytes) -> tuple[bytes, list[bytes], bytes] | None:
    """Return the vendor, each comment and what follows; ``None`` where one is longer than the block."""
    try:
        vendor, at = _text(block, 0)
        (count,) = struct.unpack_from("<I", block, at)
        at += 4
        items: list[bytes] = []
        for _ in range(count):
            item, at = _text(block, at)
            items.append(item)
    except (struct.error, ValueError):
        return None
    return vendor, items, block[at:]


def _text(block: bytes, at: int) -> tuple[bytes, int]:
    (size,) = struct.unpack_from("<I", block, at)
    if at + 4 + size > len(block):
        raise ValueError("a text is longer than its block")
    return block[at + 4 : at + 4 + size], at + 4 + size


def _counted(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data
