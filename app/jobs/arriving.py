"""An upload while it arrives: what of it counts, whether its client tells how much it sends or not."""

from __future__ import annotations

from collections.abc import Callable


class Arriving:
    """An upload that arrives.

    Args:
        count: takes how many bytes more come, and how many came before in the same upload; raises LimitError where
            there is no room for them.
        declared: its bytes; 0 where its client does not tell.

    Attributes:
        size: the bytes that count: those declared, or those that have come.
    """

    def __init__(self, count: Callable[[int, int], None], declared: int) -> None:
        self._count = count
        self._declared = declared
        self.size = 0
        self._take(declared)

    def came(self, size: int) -> None:
        """Note that bytes have come.

        Raises:
            LimitError: they were not declared, and there is no room for them.
        """
        if not self._declared:
            self._take(size)

    def _take(self, size: int) -> None:
        self._count(size, self.size)
        self.size += size
