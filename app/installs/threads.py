"""Blocking work in a thread that the end of the process does not wait for."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_thread(name: str, work: Callable[[], T]) -> T:
    """Return what ``work`` returns, or raise what it raises.

    What asks a hub may hang for a minute: the threads that ``asyncio.to_thread`` shares out would be missed elsewhere,
    and would hold up the end of the server.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(action: Callable[[], None]) -> None:
        if not result.done():
            action()

    def run() -> None:
        try:
            value = work()
        except BaseException as error:
            failure = error
            tell(lambda: result.set_exception(failure))
        else:
            tell(lambda: result.set_result(value))

    def tell(action: Callable[[], None]) -> None:
        # The server may have ended meanwhile.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, action)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await result
