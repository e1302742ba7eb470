"""The pool: warm workers, a fair queue, replacements, nothing left over."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.errors import BusyError, WorkerCrashError
from app.workers.files.scratch import ScratchRoot
from app.workers.messages import Load, Run
from app.workers.pool import PoolLimits, WorkerPool
from app.workers.sandbox.terms import Sandbox
from tests.fixtures.specs import exists


class Bench:
    """A pool, and a short way to run jobs in it."""

    def __init__(self, folder: Path, workers: int, warm: int = 0) -> None:
        self.pool = WorkerPool(
            PoolLimits(workers, load_timeout=60, warm=warm or workers, weights=1000), ScratchRoot(folder / "workers")
        )
        self.folder = folder
        self.started: list[str] = []
        self.computes = asyncio.Event()
        (folder / "in.wav").write_bytes(b"x")

    async def run(
        self,
        job: str,
        name: str = "well_behaved",
        key: str = "",
        owner: str = "",
        weights: int = 0,
        **arguments: str,
    ) -> list[dict[str, Any]]:
        load = Load(f"tests.fixtures.endpoints.{name}:Model", arguments, "cpu", 1)
        folder = self.folder / job
        folder.mkdir()
        run = Run(job, [[str(self.folder / "in.wav"), "in.wav"]], str(folder), {})
        return await self.pool.run(
            key or name,
            load,
            Sandbox(),
            run,
            lambda: self.started.append(job),
            lambda fraction: self.computes.set(),
            timeout=60,
            owner=owner,
            weights=weights,
        )

    async def told(self, job: str, **arguments: Any) -> dict[str, Any]:
        outputs = await self.run(job, **arguments)
        result: dict[str, Any] = json.loads(Path(outputs[0]["file"]).read_text())
        return result

    async def warm_again(self, keys: list[str]) -> None:
        await happens(lambda: sorted(self.pool.warm) == sorted(keys))


async def happens(event: Callable[[], bool], seconds: float = 5.0) -> None:
    begun = time.monotonic()
    while not event():
        assert time.monotonic() - begun < seconds, "it did not happen"
        await asyncio.sleep(0.01)


def with_pool(folder: Path, use: Callable[[Bench], Awaitable[None]], workers: int = 2, warm: int = 0) -> None:
    async def main() -> None:
        bench = Bench(folder, workers, warm)
        try:
            await use(bench)
        finally:
            await bench.pool.close()

    asyncio.run(main())


def test_a_worker_stays_warm(tmp_path: Path) -> None:
    async def use(bench: Bench) -> None:
        first = await bench.told("1")
        second = await bench.told("2")
        assert first["pid"] == second["pid"]
        assert bench.pool.warm == ["well_behaved"]

    with_pool(tmp_path, use)


def test_the_longest_idle_worker_leaves_first(tmp_path: Path) -> None:
    async def use(bench: Bench) -> None:
        pids = {key: (await bench.told(key, key=key))["pid"] for key in ("a", "b")}
        await bench.told("a again", key="a")
        await bench.told("c", key="c")
        assert bench.pool.warm == ["a", "c"]
        assert (await bench.told("a once more", key="a"))["pid"] == pids["a"]
        await happens(lambda: not exists(pids["b"]))

    with_pool(tmp_path, use)


def test_the_weights_that_nobody_used_for_longest_leave_first(tmp_path: Path) -> None:
    async def use(bench: Bench) -> None:
        await bench.told("light", key="light")
        for key, weights in (("a", 600), ("b", 300)):
            await bench.told(key, key=key, weights=weights)
        assert bench.pool.warm == ["light", "a", "b"]
        await bench.told("c", key="c", weights=300)
        assert bench.pool.warm == ["light", "b", "c"]
        await bench.told("b again", key="b", weights=300)
        # What counts is what its last job needed: it holds that, and not every choice's.
        await bench.told("b more", key="b", weights=900)
        assert bench.pool.warm == ["light", "b"]
        await bench.told("b less", key="b", weights=100)
        await bench.told("d", key="d", weights=800)
        assert bench.pool.warm == ["light", "b", "d"]
        # One alone may hold more than all may: it has just been of use.
        await bench.told("huge", key="huge", weights=5000)
        assert bench.pool.warm == ["light", "huge"]

    with_pool(tmp_path, use, warm=8)


def test_twenty_jobs_start_in_order_and_never_more_than_the_workers_at_once(tmp_path: Path) -> None:
    async def use(bench: Bench) -> None:
        begun = time.monotonic()
        jobs = [asyncio.create_task(bench.told(f"{n:02}", seconds="0.1")) for n in range(20)]
        told = await asyncio.gather(*jobs)
        assert bench.started == [f"{n:02}" for n in range(20)]
        assert len({one["pid"] for one in told}) == 2
        assert time.monotonic() - begun >= 1.0

    with_pool(tmp_path, use)


@pytest.mark.parametrize("sin", ["python_loop", "native_loop"])
def test_the_endpoint_is_warm_again_after_a_kill(tmp_path: Path, sin: str) -> None:
    async def use(bench: Bench) -> None:
        job = asyncio.create_task(bench.run("1", sin))
        await asyncio.wait_for(bench.computes.wait(), 30)
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        await bench.warm_again([sin])

    with_pool(tmp_path, use)


def test_the_endpoint_is_warm_again_after_a_crash(tmp_path: Path) -> None:
    async def use(bench: Bench) -> None:
        with pytest.raises(WorkerCrashError, match="segmentation fault"):
            await bench.run("1", "segfault")
        await bench.warm_again(["segfault"])

    with_pool(tmp_path, use)


def test_a_job_that_waits_can_leave(tmp_path: Path) -> None:
    async def use(bench: Bench) -> None:
        first = asyncio.create_task(bench.told("1", seconds="0.5"))
        second = asyncio.create_task(bench.told("2"))
        third = asyncio.create_task(bench.told("3"))
        await asyncio.sleep(0.1)
        second.cancel()
        await asyncio.gather(first, third)
        assert second.cancelled()
        assert bench.started == ["1", "3"]
        # Its turn comes and it is cancelled in the same moment: the turn goes on to the next.
        long = asyncio.create_task(bench.told("4", seconds="0.3"))
        late = asyncio.create_task(bench.told("5"))
        last = asyncio.create_task(bench.told("6"))
        long.add_done_callback(lambda task: late.cancel())
        await asyncio.gather(long, last)

    with_pool(tmp_path, use, workers=1)


def test_loading_outlives_the_job_that_asked_for_it(tmp_path: Path) -> None:
    async def use(bench: Bench) -> None:
        job = asyncio.create_task(bench.run("1", "slow_setup", seconds="0.6"))
        await asyncio.sleep(0.2)
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        await bench.warm_again(["slow_setup"])
        await bench.run("2", "slow_setup", seconds="0.6")

    with_pool(tmp_path, use)


def test_a_worker_that_still_loads_makes_room_for_a_job(tmp_path: Path) -> None:
    async def use(bench: Bench) -> None:
        job = asyncio.create_task(bench.run("1", "never_ready"))
        await asyncio.sleep(0.2)
        job.cancel()
        await asyncio.wait({job})
        await bench.told("2")
        assert bench.pool.warm == ["well_behaved"]

    with_pool(tmp_path, use, workers=1)


def test_closing_ends_what_runs_and_what_waits(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path, workers=2)
        told = await bench.told("0", key="idle")
        bench.computes.clear()
        running = asyncio.create_task(bench.run("1", "python_loop"))
        loading = asyncio.create_task(bench.run("2", "never_ready"))
        waiting = asyncio.create_task(bench.run("3"))
        await asyncio.wait_for(bench.computes.wait(), 30)
        begun = time.monotonic()
        await bench.pool.close()
        results = await asyncio.gather(running, loading, waiting, return_exceptions=True)
        assert time.monotonic() - begun < 5
        assert [type(result) for result in results] == [WorkerCrashError, BusyError, BusyError]
        assert not exists(told["pid"])
        with pytest.raises(BusyError):
            await bench.run("4")

    asyncio.run(main())


def test_jobs_that_run_at_once_have_numbers_of_their_own(tmp_path: Path) -> None:
    async def use(bench: Bench) -> None:
        def numbers() -> dict[str, int]:
            return {worker.key: worker.number for worker in (*bench.pool._idle, *bench.pool._busy)}

        await asyncio.gather(*(bench.told(key, key=key, seconds="0.2") for key in ("a", "b", "c")))
        assert numbers() == {"a": 0, "b": 1, "c": 2}
        await bench.told("d", key="d")
        assert numbers() == {"a": 0, "b": 1, "c": 2, "d": 0}
        with pytest.raises(WorkerCrashError):
            await bench.run("crash", "exits", key="e")
        await bench.warm_again(["a", "b", "c", "d", "e"])
        assert numbers()["e"] == 0
        long = asyncio.create_task(bench.told("long", key="a", seconds="0.3"))
        await asyncio.sleep(0)
        await bench.told("beside it", key="f")
        assert numbers()["f"] == 1
        await long

    with_pool(tmp_path, use, workers=3, warm=8)


def test_more_endpoints_than_workers_stay_warm(tmp_path: Path) -> None:
    async def use(bench: Bench) -> None:
        keys = [str(number) for number in range(6)]
        first = [(await bench.told(f"first {key}", key=key))["pid"] for key in keys]
        again = [(await bench.told(f"again {key}", key=key))["pid"] for key in keys]
        assert first == again
        assert len(set(first)) == 6
        await bench.told("one more", key="6")
        assert bench.pool.warm == ["1", "2", "3", "4", "5", "6"]

    with_pool(tmp_path, use, workers=1, warm=6)


def test_a_worker_serves_one_owner_only(tmp_path: Path) -> None:
    async def use(bench: Bench) -> None:
        async def pid(job: str, owner: str, key: str = "untrusted") -> int:
            return int((await bench.told(job, key=key, owner=owner))["pid"])

        mine = await pid("1", "me")
        assert await pid("2", "me") == mine
        others = await pid("3", "another")
        assert others != mine
        assert [await pid("4", "me"), await pid("5", "another")] == [mine, others]
        shared = await pid("6", "", key="trusted")
        # No room: the one that is bound to another leaves before those that are idle for longer.
        newest = await pid("7", "a third")
        assert await pid("8", "", key="trusted") == shared
        assert await pid("9", "a third") == newest
        assert len(bench.pool.warm) == 3

    with_pool(tmp_path, use, workers=1, warm=3)


def test_a_worker_that_crashed_for_one_owner_leaves_a_fresh_one_for_all(tmp_path: Path) -> None:
    async def use(bench: Bench) -> None:
        with pytest.raises(WorkerCrashError):
            await bench.run("1", "segfault", owner="me")
        await bench.warm_again(["segfault"])
        assert [worker.owner for worker in bench.pool._idle] == [""]

    with_pool(tmp_path, use)


def test_nothing_needs_to_stay_warm(tmp_path: Path) -> None:
    async def main() -> None:
        pool = WorkerPool(PoolLimits(1, load_timeout=60, warm=0), ScratchRoot(tmp_path / "workers"))
        bench = Bench(tmp_path, 1)
        bench.pool = pool
        pids = [(await bench.told(str(number)))["pid"] for number in range(2)]
        assert pids[0] != pids[1]
        assert pool.warm == []
        await pool.close()
        assert not any(exists(pid) for pid in pids)

    asyncio.run(main())


def test_jobs_share_the_cores_as_they_start(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path, workers=2)
        bench.pool = WorkerPool(PoolLimits(2, load_timeout=60, cores=6), ScratchRoot(tmp_path / "workers"))
        try:
            await asyncio.gather(bench.told("0", key="a"), bench.told("1", key="b"))  # both are warm
            assert (await bench.told("alone", key="a"))["threads"] == 6
            first = asyncio.create_task(bench.told("first", key="c", seconds="1"))
            await asyncio.sleep(0)  # it is admitted
            assert (await bench.told("beside it", key="a"))["threads"] == 3
            await first
            assert (await bench.told("alone again", key="a"))["threads"] == 6
        finally:
            await bench.pool.close()

    asyncio.run(main())


@pytest.mark.skipif(sys.platform != "linux", reason="counts private memory as Linux does")
def test_an_idle_worker_costs_little(tmp_path: Path) -> None:
    async def use(bench: Bench) -> None:
        pids = [(await bench.told(str(number), key=str(number)))["pid"] for number in range(10)]
        sizes = [psutil.Process(pid).memory_full_info().uss for pid in pids]
        assert 50 * sum(sizes) / len(sizes) < 10**9, "fifty of them stay below 1 GB"

    with_pool(tmp_path, use, workers=1, warm=10)


def test_what_is_forgotten_leaves_and_what_runs_leaves_after_its_job(tmp_path: Path) -> None:
    async def use(bench: Bench) -> None:
        for key in ("gone", "kept"):
            await bench.run(f"{key}-warm", key=key)
        running = asyncio.create_task(bench.run("running", key="gone-too", seconds="0.5"))
        await happens(lambda: "running" in bench.started)
        bench.pool.forget(lambda key: key.startswith("gone"))
        assert bench.pool.warm == ["kept"]
        assert await running, "the job goes on"
        assert bench.pool.warm == ["kept"]

    with_pool(tmp_path, use, warm=5)
