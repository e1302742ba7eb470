"""Running what an asynchronous app gives, in a process that may have no sockets, with which asyncio wakes itself."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Callable
from typing import Any


class _Pipe:
    """One end of a pipe, with what an event loop asks of a socket."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor

    def recv(self, size: int) -> bytes:
        return os.read(self._descriptor, size)

    def send(self, data: bytes) -> int:
        return os.write(self._descriptor, data)

    def close(self) -> None:
        os.close(self._descriptor)


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that wakes itself by a pipe."""

    def _make_self_pipe(self) -> None:
        ends: Any = [_Pipe(descriptor) for descriptor in os.pipe()]
        this: Any = self
        this._ssock, this._csock = ends
        this._internal_fds += 1
        this._add_reader(ends[0].fileno(), this._read_from_self)


def awaited(given: Any, between: Callable[[], None]) -> Any:
    """Return what a coroutine returns, or the last value of an asynchronous generator.

    Args:
        given: the one or the other.
        between: called after each value; what it raises ends the generator.
    """

    async def last() -> Any:
        if inspect.isawaitable(given):
            return await given
        value: Any = None
        async for value in given:  # noqa: B007
            between()
        return value

    loop = _Loop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(last())
    finally:
        asyncio.set_event_loop(None)
        loop.close()
