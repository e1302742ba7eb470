"""Where worker processes come from: a fork server with torch preloaded, or, on Windows, a fresh interpreter each.

The fork server belongs to this process, not to a pool: it starts with the first one and ends with the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from app.errors import WorkerCrashError
from app.workers import child
from app.workers.sandbox.terms import Sandbox
from app.workers.uncancelled import uncancelled

LAUNCHER = ThreadPoolExecutor(1, "worker-launcher")
"""Every call into multiprocessing's bookkeeping, which is not safe for threads, happens on this one."""


def prepare() -> None:
    """Start the fork server, if there is one on this system; it imports torch in the background."""
    LAUNCHER.submit(_context)


def fork_server() -> int | None:
    """Return the number of the process that workers are forked from, once there is one."""
    if sys.platform == "win32":
        return None
    from multiprocessing import forkserver

    number: int | None = vars(forkserver)["_forkserver"]._forkserver_pid
    return number


async def launch(sandbox: Sandbox) -> tuple[BaseProcess, Connection]:
    """Start a process on the terms of ``sandbox``; return it and the server's end of its pipe.

    Raises:
        WorkerCrashError: the system gave no process.
    """
    starting = asyncio.get_running_loop().run_in_executor(LAUNCHER, _start, sandbox)
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await uncancelled(_discard(starting))
        raise
    except (OSError, EOFError) as error:
        raise WorkerCrashError("The server could not start a process for the model.") from error


async def can_launch() -> bool:
    """Return whether the system gives a process now: one is started, and ended at once."""
    try:
        process, connection = await launch(Sandbox())
    except WorkerCrashError:
        return False
    await _end(process, connection)
    return True


def _context() -> Any:
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver

    context: Any = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["app.workers.preload"])
    forkserver.ensure_running()
    return context


def _start(sandbox: Sandbox) -> tuple[BaseProcess, Connection]:
    context = _context()
    ours, theirs = context.Pipe()
    process: BaseProcess = context.Process(target=child.main, args=(theirs, sandbox), name="worker", daemon=True)
    try:
        process.start()
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return process, ours


async def _discard(starting: asyncio.Future[tuple[BaseProcess, Connection]]) -> None:
    """End a process that was launched for someone who no longer wants it."""
    with contextlib.suppress(OSError, EOFError):
        await _end(*await starting)


async def _end(process: BaseProcess, connection: Connection) -> None:
    connection.close()
    process.kill()
    await asyncio.get_running_loop().run_in_executor(LAUNCHER, process.join, 5)
