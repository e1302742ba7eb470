"""Files that cross in blocks, so that no process ever holds a whole one."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.errors import WorkerError

BLOCK = 4 << 20
"""Bytes of a block: half a minute of stereo sound."""

WINDOW = 2
"""Blocks of one file that are on their way at the same time."""


def read_block(path: Path, offset: int) -> bytes:
    """Return the block that begins at ``offset``; a shorter one at the end of the file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(BLOCK)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


@dataclass
class Arriving:
    """A file that arrives in blocks, one after the other, and is there under its name when all have come.

    Args:
        path: what it will be called; nothing is there yet.
        size: its bytes.
        sha256: its digest.

    Attributes:
        come: bytes that have arrived.
    """

    path: Path
    size: int
    sha256: str
    come: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)

    @property
    def part(self) -> Path:
        """Where it lies until it is whole."""
        return self.path.with_name(f"{self.path.name}.part")

    def take(self, block: bytes) -> None:
        """Add the next block.

        Raises:
            WorkerError: it is another file than was announced.
            OSError: the disk is full.
        """
        with open(os.open(self.part, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:  # noqa: PTH123
            file.write(block)
        self._digest.update(block)
        self.come += len(block)
        if self.come > self.size or (self.come < self.size and not block):
            raise self._other()

    def finish(self) -> Path:
        """Give the file its name.

        Raises:
            WorkerError: it is another file than was announced.
            OSError: it cannot be written.
        """
        if self.come != self.size or self._digest.hexdigest() != self.sha256:
            raise self._other()
        if self.size == 0:
            self.part.touch(0o600)
        self.part.replace(self.path)
        return self.path

    def drop(self) -> None:
        """Remove what has come."""
        self.part.unlink(missing_ok=True)

    @staticmethod
    def _other() -> WorkerError:
        return WorkerError("A file changed on its way between the server and a node; try again.")
