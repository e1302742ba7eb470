"""``python -m tests.provenance.killed FILE FOLDER``: stamps copies of a file, each killed at one step further."""

from __future__ import annotations

import shutil
import sys
from functools import partial
from pathlib import Path

from app.provenance.record import Provenance
from app.provenance.stamping import stamp
from tests.killing import killed_at

MADE = Provenance("test/mirror", "", "mit", {}, "0.1.0", "2026-11-28T17:25:43Z")
WRITES = ("chunked", "rebuilding", "wave", "aiff", "caf", "wave64", "flac", "mp3")


def stamped(path: Path) -> None:
    """Stamp a file.

    Raises:
        RuntimeError: it was not.
    """
    if not stamp(path, MADE):
        raise RuntimeError("it was not stamped")


def main(source: Path, folder: Path) -> None:
    """Kill it at every step, until it comes to its end."""
    step = 0
    while True:
        copy = folder / f"{step}{source.suffix}"
        shutil.copyfile(source, copy)
        if not killed_at(step, partial(stamped, copy), [f"app/provenance/{name}.py" for name in WRITES]):
            return
        step += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
