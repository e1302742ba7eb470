"""What an endpoint said of itself, kept for the next start."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path


def keep(path: Path, content: Mapping[str, object]) -> None:
    """Write JSON whole or not at all; where that cannot be, it is asked for again."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(content), encoding="utf-8")
        unfinished.replace(path)
