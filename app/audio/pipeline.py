"""What comes before and after a slow step, done on threads beside it: at most so much ahead, and so much behind.

The slow step stays on the caller's thread. numpy, soxr and soundfile let other threads run while they work.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Generic, TypeVar

Item = TypeVar("Item")


class _Channel(Generic[Item]):
    """A queue between two threads, either of which can end it.

    Args:
        most: how many items may wait.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._complete = False
        self._stopped = False
        self._error: BaseException | None = None

    def put(self, item: Item) -> bool:
        """Add an item as soon as there is room; ``False`` when nobody wants any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or len(self._items) < self._most)
            if self._stopped:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def take(self) -> Iterator[Item]:
        """Yield the items as they come, until the last; raises what the other side failed with."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._items or self._complete or self._stopped)
                if not self._items or self._stopped:
                    self.check()
                    return
                item = self._items.popleft()
                self._changed.notify_all()
            yield item
            del item  # the other side may need its memory

    def complete(self) -> None:
        """Tell that no more items come."""
        with self._changed:
            self._complete = True
            self._changed.notify_all()

    def stop(self, error: BaseException | None = None) -> None:
        """Drop what waits and take nothing more; ``error`` is why."""
        with self._changed:
            self._items.clear()
            self._stopped = True
            self._error = error
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        """Tell that ``error`` comes in place of further items."""
        with self._changed:
            self._error = error
            self.complete()

    def check(self) -> None:
        """Raise what the other side failed with, if it did."""
        if self._error is not None:
            raise self._error


class Ahead(Generic[Item]):
    """Runs an iterator on a thread of its own, at most ``most`` items ahead of who reads them.

    A context manager that gives an iterator over the same items, which raises what the inner one raises, in its place.
    When the block is left, the thread has ended: after the item that it was at, if it had more.
    """

    def __init__(self, items: Iterable[Item], most: int = 1) -> None:
        self._items = items
        self._channel: _Channel[Item] = _Channel(most)
        self._thread = threading.Thread(target=self._work, name="ahead", daemon=True)

    def __enter__(self) -> Iterator[Item]:
        self._thread.start()
        return self._channel.take()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.stop()
        self._thread.join()

    def _work(self) -> None:
        try:
            for item in self._items:
                if not self._channel.put(item):
                    break
            self._channel.complete()
        except BaseException as error:
            self._channel.fail(error)


class Behind(Generic[Item]):
    """Has items dealt with on a thread of its own, in order, at most ``most`` of them waiting.

    A context manager. When its block is left without an error, everything is dealt with; with one, what waits is
    dropped. What ``deal`` raises is raised by the next :meth:`put`, or where the block is left.
    """

    def __init__(self, deal: Callable[[Item], None], most: int = 1) -> None:
        self._deal = deal
        self._channel: _Channel[Item] = _Channel(most)
        self._thread = threading.Thread(target=self._work, name="behind", daemon=True)

    def __enter__(self) -> Behind[Item]:
        self._thread.start()
        return self

    def put(self, item: Item) -> None:
        """Have an item dealt with; waits while too many others do."""
        if not self._channel.put(item):
            self._channel.check()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._channel.complete()
        else:
            self._channel.stop()
        self._thread.join()
        if error is None:
            self._channel.check()

    def _work(self) -> None:
        try:
            for item in self._channel.take():
                self._deal(item)
                del item
        except BaseException as error:
            self._channel.stop(error)
