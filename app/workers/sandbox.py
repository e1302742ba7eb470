"""What a worker may still do once its endpoint runs: the terms of its sandbox."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sandbox:
    """The terms of one worker process; everything that is not named here is taken from it.

    Attributes:
        readable: files and folders that it may read, beside Python and this server's own code.
        writable: folders in which it may read, write and make files; the first one is also its temporary folder.
        memory: bytes of memory that it may use on the processor; 0 for no limit.
        file_size: bytes that one file of its may have; 0 for no limit.
        permits: what an endpoint of our own may keep: ``"network"``, ``"processes"``.
    """

    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    memory: int = 0
    file_size: int = 0
    permits: tuple[str, ...] = ()
