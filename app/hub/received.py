"""How much has come from the hub."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator


class Received:
    """Counts bytes as they come; for several threads at once.

    Attributes:
        total: bytes so far.
    """

    def __init__(self) -> None:
        self.total = 0
        self._lock = threading.Lock()

    def counted(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield blocks, and count them."""
        for block in blocks:
            with self._lock:
                self.total += len(block)
            yield block
