"""What a worker may still do once its endpoint runs: the terms of its sandbox, and how it is closed."""

from __future__ import annotations

import errno
import sys
from dataclasses import dataclass
from pathlib import Path

NETWORK = "network"
PROCESSES = "processes"


@dataclass(frozen=True)
class Sandbox:
    """The terms of one worker process; everything that is not named here is taken from it.

    Attributes:
        readable: files and folders that it may read, beside Python and this server's own code.
        writable: folders in which it may read, write and make files; the first one is also its temporary folder.
        memory: bytes of memory that it may use on the processor, beside what it starts with; 0 for no limit.
        file_size: bytes that one file of its may have; 0 for no limit.
        permits: what an endpoint of our own may keep: ``"network"``, ``"processes"`` (to start programs).
        expects: layers (see :mod:`app.workers.sandbox.layers`) that must be there: the server found them.
        works_in: a folder that it finds again, by links, as :data:`~app.workers.sandbox.workplace.WORKPLACE` in its
            first writable one: it reads the files there, and what it writes there stays its own; empty: none.
    """

    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    memory: int = 0
    file_size: int = 0
    permits: tuple[str, ...] = ()
    expects: tuple[str, ...] = ()
    works_in: str = ""


def enter(sandbox: Sandbox) -> None:
    """Close the sandbox around this process, for good, with every layer that this machine has.

    Memory is limited later, once it is known whether the model computes on a GPU. Must be called while there is one
    thread: some layers bind the calling thread only, and those that it starts.

    Raises:
        OSError: a layer that this machine has could not be closed.
    """
    from app.workers.sandbox import environment, landlock, privileges, syscalls, workplace

    # Asked before anything is closed: a closed process can no longer find a library.
    lacking = {"files": landlock.missing(), "system calls": syscalls.missing()}
    for name in sandbox.expects:
        if lacking.get(name):
            raise OSError(errno.ENOSYS, f"{name}: {lacking[name]}")
    if sys.platform == "linux" and len(list(Path("/proc/self/task").iterdir())) > 1:
        raise OSError(errno.EBUSY, "a thread runs already")
    if sandbox.works_in and sandbox.writable:
        workplace.lay_out(Path(sandbox.works_in), Path(sandbox.writable[0]))
    environment.settle(sandbox.writable[0] if sandbox.writable else "", online=NETWORK in sandbox.permits)
    privileges.limit_files(sandbox.file_size)
    privileges.drop_privileges()
    if not lacking["system calls"]:
        syscalls.program(sandbox.permits)
    if not lacking["files"]:
        landlock.restrict_files(sandbox)
    if not lacking["system calls"]:
        syscalls.restrict_calls(sandbox)
