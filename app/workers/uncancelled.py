"""Awaiting what must be finished although the waiter is being cancelled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import TypeVar

Result = TypeVar("Result")


async def uncancelled(work: Coroutine[object, object, Result]) -> Result:
    """Await ``work`` to its end, however often the awaiting task is cancelled meanwhile.

    For clean-up in an ``except CancelledError`` or ``finally`` block: a cancel that arrives while it runs is
    swallowed, so the block must itself end by raising, and ``work`` must be short.
    """
    task = asyncio.ensure_future(work)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    return task.result()
