"""Ends the worst worker before the machine, or the container, runs out of memory and everybody suffers.

A limit on a process alone does not do it: several workers may each stay below theirs, and the kernel's limit counts
neither shared memory nor what was swapped out.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from app.errors import WorkerCrashError
from app.workers.launcher import fork_server
from app.workers.sentences import machine_memory_sentence, memory_sentence
from app.workers.why import Why
from app.workers.worker import Member

LOOK_EVERY = 0.25
"""Seconds between two looks."""
LOOK_CLOSELY = 0.03
"""Seconds between two looks while little is left: a process can take a gigabyte in half a second."""
_SHARE = 0.8
"""Share of the memory that one worker may take where nobody said how much; the watch settles what several take."""
_SMALLEST_RESERVE, _LARGEST_RESERVE = 128 * 2**20, 512 * 2**20
_LINUX = sys.platform == "linux"
_WORTH_ENDING = 64 * 2**20
_CGROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
_UNLIMITED = 1 << 60


class MemoryWatch:
    """Looks at the memory of the machine and of its workers; :meth:`run` does so for ever.

    A worker that uses more than it is allowed is ended. While less than the reserve is available (3 % of the memory,
    128 to 512 MB), the largest worker is ended, an idle one before one that runs a job.

    Args:
        members: gives every worker process.
        available: gives the bytes that are still to be had.
        total: bytes of memory in all.
        born_with: gives the bytes that a worker shares with the process it was forked from, and which therefore are
            not its own: they count for nobody, and would not come back if it ended.
    """

    def __init__(
        self,
        members: Callable[[], Sequence[Member]],
        available: Callable[[], int],
        total: int,
        born_with: Callable[[], int],
    ) -> None:
        self._members = members
        self._born_with = born_with
        self._available = available
        self.reserve = min(max(int(0.03 * total), _SMALLEST_RESERVE), _LARGEST_RESERVE)

    async def run(self) -> None:
        """Look, until cancelled."""
        while True:  # noqa: ASYNC110 - nothing else tells of memory
            await asyncio.sleep(self.look())

    def look(self) -> float:
        """Look once, and end whom that shows to be too large; returns the seconds until the next look."""
        members = self._members()
        if not members:
            return LOOK_EVERY
        sizes = self._sizes(members)
        for member in members:
            if not member.idle and member.allowed and sizes[member.pid] > member.allowed:
                member.end(WorkerCrashError(memory_sentence(member.allowed)), Why.MEMORY)
        available = self._available()
        if available < self.reserve:
            self._end_worst(members, sizes)
        return LOOK_CLOSELY if available < 4 * self.reserve else LOOK_EVERY

    def _sizes(self, members: Sequence[Member]) -> dict[int, int]:
        born_with = self._born_with()
        return {member.pid: memory_of(member.pid) - born_with for member in members}

    def _end_worst(self, members: Sequence[Member], sizes: dict[int, int]) -> None:
        for idle in (True, False):
            worst = max(
                (member for member in members if member.idle == idle), key=lambda one: sizes[one.pid], default=None
            )
            if worst is not None and sizes[worst.pid] > _WORTH_ENDING:
                worst.end(WorkerCrashError(machine_memory_sentence(sizes[worst.pid])), Why.MEMORY)
                return


def memory_of(pid: int) -> int:
    """Return the bytes that end with a process: its own, its shared memory, what was swapped out; 0 once it is gone.

    Files that it mapped are not among them: the system can always drop those.
    """
    if _LINUX:
        with contextlib.suppress(OSError, ValueError, IndexError):
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            kept = ("RssAnon:", "RssShmem:", "VmSwap:")
            return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(kept))
        return 0
    with contextlib.suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


def memory_of_fork_server() -> int:
    """Return the bytes of the process that workers are forked from; 0 where there is none (Windows)."""
    pid = fork_server()
    return 0 if pid is None else memory_of(pid)


def total_memory() -> int:
    """Return the bytes of memory of the machine, or of the container where that has less."""
    return min([int(psutil.virtual_memory().total), *(limit for limit, _ in _containers())])


def default_memory() -> int:
    """Return the bytes that a worker may use where nobody said so: four fifths of what there is."""
    return int(_SHARE * total_memory())


def available_memory() -> int:
    """Return the bytes of memory that can still be had, of the machine or of the container where that has fewer."""
    return min([int(psutil.virtual_memory().available), *(limit - used for limit, used in _containers())])


def _containers() -> list[tuple[int, int]]:
    """Return ``(limit, use)`` in bytes of every control group with a limit that this process is in."""
    found = []
    with contextlib.suppress(OSError):
        for line in _OWN_GROUPS.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers == "memory":
                root, names = (
                    _CGROUPS / "memory",
                    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
                )
            elif not controllers:
                root, names = _CGROUPS, ("memory.max", "memory.current", "inactive_file")
            else:
                continue
            group = root / path.lstrip("/")
            # In a container, the path may be the host's, and the group itself lies at the root.
            for folder in {root, *(parent for parent in (group, *group.parents) if parent.is_relative_to(root))}:
                with contextlib.suppress(OSError, ValueError):
                    found.append(_group(folder, *names))
    return [(limit, used) for limit, used in found if limit < _UNLIMITED]


def _group(folder: Path, limit: str, usage: str, droppable: str) -> tuple[int, int]:
    """Return a group's limit and use; the cache of files that nobody has touched for a while does not count."""
    text = (folder / limit).read_text().strip()
    if text == "max" or int(text) >= _UNLIMITED:
        return _UNLIMITED, 0
    statistics = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
    return int(text), int((folder / usage).read_text()) - int(statistics.get(droppable, 0))
