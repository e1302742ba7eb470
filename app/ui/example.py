"""The example sound of an endpoint, placed where uploads lie."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from uuid import uuid4

from app.plain_files import copy_plain


def place_example(example: Path, uploads: Path) -> Path:
    """Return a copy of the example among the uploads, made once per version of the file. Blocking."""
    status = example.lstat()
    version = hashlib.sha256(f"{example}|{status.st_mtime_ns}|{status.st_size}".encode()).hexdigest()[:32]
    copy = uploads / version / example.name
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        part = copy.with_name(f".{uuid4().hex}.part")
        copy_plain(example, part)
        part.replace(copy)
    os.utime(copy)  # its last use, so that it is not swept away under the user
    os.utime(copy.parent)
    return copy
