"""Processor time and memory of a server and everything that it started, read from ``/proc``: Linux only."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
"""The step in which processor time is counted (s)."""


def tree(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process, its descendants and their ended children have taken so far (s)."""
    return sum(sum(map(int, fields[11:15])) for one in tree(pid) if (fields := _stat(one))) * TICK


def own_processor_seconds(pid: int) -> float:
    """Return the processor time that a process itself has taken so far, all its threads (s)."""
    return sum(map(int, _stat(pid)[11:13])) * TICK


def peak_mib(pid: int) -> float:
    """Return the most memory that one process ever held, shared pages included (MiB)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def private_mib(pid: int) -> float:
    """Return the memory that would come free if a process ended (MiB)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def _stat(pid: int) -> list[str]:
    """Return the fields of ``/proc/<pid>/stat`` from the state on; none of a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def touch(size: int) -> None:
    """Use so many bytes of memory and let go of them.

    A virtual machine gets memory from its host when it is first used, and may give it back when it is free: ten times
    the cost of writing a file, which would count against whichever server writes next.
    """
    with mmap.mmap(-1, max(size, mmap.PAGESIZE)) as memory:
        for at in range(0, len(memory), mmap.PAGESIZE):
            memory[at] = 1
