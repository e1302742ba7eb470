"""The watch over the machine's memory: who is ended, and what the caller reads."""

from __future__ import annotations

import asyncio
import mmap
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.backends.base import JobRequest
from app.backends.local import LocalBackend
from app.config import Settings
from app.errors import HarpistError, WorkerCrashError
from app.workers import memory_watch
from app.workers.memory_watch import (
    MemoryWatch,
    available_memory,
    default_memory,
    memory_of,
    memory_of_fork_server,
    total_memory,
)
from app.workers.messages import Load
from app.workers.process import WorkerProcess
from app.workers.sandbox.terms import Sandbox
from app.workers.why import Why
from app.workers.worker import Member
from tests.fixtures.specs import endpoint_spec, sound

GB = 2**30
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


class Machine:
    """Members of made-up sizes on a machine of 8 GB."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        sizes: dict[int, int],
        idle: set[int],
        allowed: int = 0,
        born_with: int = 0,
    ) -> None:
        monkeypatch.setattr(memory_watch, "memory_of", lambda pid: sizes[pid])
        self.left = 8 * GB
        self.ended: dict[int, str] = {}
        self.members = [Member(pid, pid in idle, allowed, self._end(pid)) for pid in sizes]
        self.watch = MemoryWatch(lambda: self.members, lambda: self.left, 8 * GB, lambda: born_with)

    def _end(self, pid: int) -> Any:
        def end(error: HarpistError, why: Why) -> None:
            assert why is Why.MEMORY
            self.ended[pid] = error.message
            self.members = [member for member in self.members if member.pid != pid]

        return end


def test_nobody_is_ended_while_there_is_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, {1: 5 * GB, 2: GB}, idle={2})
    assert machine.watch.look() == memory_watch.LOOK_EVERY
    machine.left = 2 * machine.watch.reserve
    assert machine.watch.look() == memory_watch.LOOK_CLOSELY
    assert machine.ended == {}


def test_idle_ones_leave_before_the_largest_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, {1: 5 * GB, 2: GB, 3: 2 * GB, 4: 9 * 2**20, 5: GB}, idle={2, 3, 4})
    machine.left = machine.watch.reserve - 1
    for _ in range(3):
        machine.watch.look()
    assert list(machine.ended) == [3, 2, 1]
    assert machine.ended[1] == (
        "The model was stopped at 5.0 GB, since the server ran out of memory; a shorter region may work."
    )


def test_a_shortage_that_is_not_ours_ends_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, {1: 30 * 2**20, 2: 9 * 2**20}, idle={2})
    machine.left = 0
    machine.watch.look()
    assert machine.ended == {}


def test_nobody_uses_more_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, {1: 5 * GB, 2: 3 * GB}, idle=set(), allowed=4 * GB)
    machine.watch.look()
    assert machine.ended == {1: "The model ran out of memory (4.0 GB allowed); a shorter region may work."}


def test_what_a_worker_was_born_with_counts_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, {1: 5 * GB, 2: GB, 3: GB // 2}, idle={2, 3}, allowed=4 * GB, born_with=GB)
    machine.left = 0
    for _ in range(2):
        machine.watch.look()
    # Nothing comes back from the idle ones, so that they stay.
    assert machine.ended == {
        1: "The model was stopped at 4.0 GB, since the server ran out of memory; a shorter region may work."
    }


@linux
def test_shared_memory_counts() -> None:
    before = memory_of(os.getpid())
    with mmap.mmap(-1, 64 * 2**20) as block:
        for page in range(0, len(block), mmap.PAGESIZE):
            block[page] = 1
        assert memory_of(os.getpid()) - before > 60 * 2**20
    assert memory_of(2**22 + 1) == 0


@linux
def test_the_default_leaves_some_memory_to_the_machine() -> None:
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < default_memory() <= 0.8 * physical


def test_the_machine_has_memory() -> None:
    assert 0 < available_memory() <= total_memory() <= psutil.virtual_memory().total


@pytest.mark.parametrize("version", [1, 2])
def test_a_containers_limit_counts(version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    root = tmp_path / "memory"
    if version == 2:
        names, root = ("memory.max", "memory.current", "inactive_file"), tmp_path
    for folder, limit in ((root, "max" if version == 2 else str(2**63 - 4096)), (root / "a", str(3 * 2**20))):
        folder.mkdir(exist_ok=True)
        for name, text in zip((*names[:2], "memory.stat"), (limit, str(2 * 2**20), f"cache 1\n{names[2]} {2**20}\n")):
            (folder / name).write_text(text)
    monkeypatch.setattr(memory_watch, "_CGROUPS", tmp_path)
    own = tmp_path / "own"
    own.write_text("4:memory:/a/none\n1:cpu:/\n" if version == 1 else "0::/a/none\n")
    monkeypatch.setattr(memory_watch, "_OWN_GROUPS", own)
    assert total_memory() == 3 * 2**20
    assert available_memory() == 2 * 2**20


@linux
def test_an_idle_worker_has_little_of_its_own(tmp_path: Path) -> None:
    async def main() -> None:
        worker = await WorkerProcess.launch(Sandbox())
        try:
            await worker.load(Load("tests.fixtures.endpoints.well_behaved:Model", {}, "cpu", 1, "float32"), 60)
            assert worker.pid is not None
            held, own = memory_of_fork_server(), memory_of(worker.pid) - memory_of_fork_server()
            assert held > 64 * 2**20  # torch, whichever its build
            assert abs(own) < 48 * 2**20
        finally:
            await worker.kill()

    asyncio.run(main())


@linux
def test_a_worker_that_takes_what_no_limit_counts_is_ended(tmp_path: Path) -> None:
    async def main() -> None:
        backend = LocalBackend(Settings(home=tmp_path, workers=1, device="cpu", memory=0.4))
        await backend.start()
        track = sound(tmp_path)
        try:
            (tmp_path / "job").mkdir()
            spec = endpoint_spec("shared_memory_bomb", megabytes="2000")
            request = JobRequest("1", spec, (track,), {}, tmp_path / "job")
            begun = time.monotonic()
            with pytest.raises(WorkerCrashError, match=r"ran out of memory \(0\.4 GB allowed\)"):
                await asyncio.wait_for(backend.run(request, lambda: None, lambda fraction: None), 60)
            assert time.monotonic() - begun < 30
            (tmp_path / "again").mkdir()
            good = replace(request, id="2", spec=endpoint_spec("well_behaved"), folder=tmp_path / "again")
            assert await backend.run(good, lambda: None, lambda fraction: None)
        finally:
            await backend.close()

    asyncio.run(main())
