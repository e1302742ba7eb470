"""Labels and texts as JSON: where they came from stands beside them (see :mod:`app.harp.wire`)."""

from __future__ import annotations

import json
from typing import BinaryIO

KEY = "provenance"
_MOST_BYTES = 32 << 20


def read_labels(file: BinaryIO) -> str | None:
    """Return the text of a file; ``None`` where it has none."""
    file.seek(0)
    data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        return None
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        return None
    told = record.get(KEY) if isinstance(record, dict) else None
    return json.dumps(told, separators=(",", ":")) if isinstance(told, dict) else None
