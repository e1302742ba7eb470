"""The job service over real workers."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.backends.base import JobRequest
from app.backends.local import LocalBackend
from app.config import Settings
from app.endpoint import FileOutput, Outputs
from app.errors import (
    BusyError,
    DeadlineError,
    JobCancelledError,
    ModelRunError,
    NotFoundError,
    RequestError,
    WorkerCrashError,
    WorkerError,
)
from app.jobs.job import Caller, Job, JobState
from app.jobs.service import JobService
from app.registry import Registry
from tests.fixtures.specs import LABELS, endpoint_spec, exists, sound

ME = Caller("10.0.0.1")


class Site:
    def __init__(self, home: Path, **settings: Any) -> None:
        self.settings = Settings(home=home, **{"workers": 2, "job_timeout": 60.0, "device": "cpu", **settings})
        registry = Registry()
        registry.add(endpoint_spec("well_behaved", seconds="0.3"))
        registry.add(endpoint_spec("well_behaved", endpoint_id="test/long", seconds="60"))
        registry.add(endpoint_spec("slow_setup", LABELS, seconds="0"))
        for sin in ("segfault", "python_loop", "native_loop", "raises_path"):
            registry.add(endpoint_spec(sin))
        self.service = JobService(LocalBackend(self.settings), registry, self.settings)
        self.track = sound(home)

    def submit(self, name: str, caller: Caller = ME) -> Job:
        return self.service.submit(f"test/{name}", caller, [self.track], {"wet": 50.0})

    def folders(self) -> list[Path]:
        return list((self.settings.work / "jobs").iterdir())


def on_site(home: Path, use: Callable[[Site], Awaitable[None]], **settings: Any) -> None:
    async def main() -> None:
        site = Site(home, **settings)
        await site.service.start()
        try:
            await use(site)
        finally:
            await site.service.close()

    asyncio.run(main())


async def running(job: Job) -> None:
    async for update in job.watch():
        if update.state is not JobState.QUEUED:
            return


async def computing(job: Job) -> None:
    """Wait until the endpoint has said that it has begun."""
    async for update in job.watch():
        assert not update.state.ended
        if update.fraction:
            return


def told(outputs: Outputs) -> dict[str, Any]:
    assert isinstance(outputs[0], FileOutput)
    result: dict[str, Any] = json.loads(outputs[0].path.read_text())
    return result


def test_a_job_from_queue_to_result(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        job = site.submit("well_behaved")
        updates = [update async for update in job.watch()]
        assert [update.state for update in updates[:2]] == [JobState.QUEUED, JobState.RUNNING]
        assert updates[-1].state is JobState.DONE
        fractions = [update.fraction for update in updates]
        assert fractions == sorted(fractions)
        assert len(fractions) >= 4
        outputs = await job.result()
        assert told(outputs)["controls"] == {"wet": 50.0}
        assert isinstance(outputs[0], FileOutput)
        assert outputs[0].path == job.folder / "take 1-told.json"
        assert len(job.id) >= 32
        assert site.service.find(job.id) is job
        with pytest.raises(NotFoundError):
            site.service.find("another")

    on_site(tmp_path, use)


@pytest.mark.parametrize(
    ("sin", "kind", "sentence"),
    [
        ("segfault", WorkerCrashError, "The model crashed (segmentation fault)."),
        ("python_loop", DeadlineError, "The job was stopped: longer than 1 s."),
        ("native_loop", DeadlineError, "The job was stopped: longer than 1 s."),
        ("raises_path", ModelRunError, "The model failed: RuntimeError: cannot open (a file): no such file; and more"),
    ],
)
def test_a_failure_costs_that_job_only(sin: str, kind: type[Exception], sentence: str, tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        good, bad = site.submit("well_behaved"), site.submit(sin)
        with pytest.raises(kind) as caught:
            await bad.result()
        assert str(caught.value) == sentence
        assert bad.update.state is JobState.FAILED
        assert told(await good.result())["name"] == "take 1.wav"
        assert site.folders() == [good.folder]

    on_site(tmp_path, use, job_timeout=1.0)


@pytest.mark.parametrize("name", ["long", "python_loop", "native_loop"])
def test_a_cancel_stops_the_computing(name: str, tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        job = site.submit(name)
        await computing(job)
        begun = time.monotonic()
        await site.service.cancel(job)
        assert time.monotonic() - begun < 5
        assert job.update.state is JobState.CANCELLED
        with pytest.raises(JobCancelledError):
            await job.result()
        assert site.folders() == []
        await site.service.cancel(job)

    on_site(tmp_path, use)


def test_a_cancelled_kernel_uses_no_more_processor_time(tmp_path: Path) -> None:
    def processor_time(of: int) -> float:
        fields = Path(f"/proc/{of}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def use(site: Site) -> None:
        before = workers()
        job = site.submit("native_loop")
        await computing(job)
        (pid,) = workers() - before
        while processor_time(pid) < 0.1:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await site.service.cancel(job)
        assert not exists(pid)
        # Its replacement waits for work, and does none.
        await asyncio.sleep(0.3)
        (fresh,) = workers() - before
        spent = processor_time(fresh)
        await asyncio.sleep(0.3)
        assert processor_time(fresh) - spent < 0.05

    on_site(tmp_path, use)


def workers() -> set[int]:
    """Every process that this process's fork server has started."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents[int(path.parent.name)] = int(parent)
    children = {pid for pid, parent in parents.items() if parent == os.getpid()}
    return {pid for pid, parent in parents.items() if parent in children}


def test_a_cancel_in_the_queue(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        first = site.submit("long")
        at_once, later = site.submit("long"), site.submit("long")
        await site.service.cancel(at_once)  # its task never ran
        await running(first)
        assert later.update.state is JobState.QUEUED
        await site.service.cancel(later)
        assert (at_once.update.state, later.update.state) == (JobState.CANCELLED, JobState.CANCELLED)
        assert site.folders() == [first.folder]

    on_site(tmp_path, use, workers=1)


def test_a_full_queue_keeps_nobody_from_a_first_job(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        one, two, three = Caller("192.0.2.1"), Caller("192.0.2.2"), Caller("192.0.2.3")
        hog = [site.submit("well_behaved", one) for _ in range(3)]
        with pytest.raises(BusyError, match="2 jobs wait already"):
            site.submit("well_behaved", one)
        first = site.submit("well_behaved", two)
        with pytest.raises(BusyError, match="3 jobs wait already"):
            site.submit("well_behaved", two)
        site.submit("well_behaved", three)
        with pytest.raises(BusyError, match="4 jobs wait already"):
            site.submit("well_behaved", Caller("192.0.2.4"))
        await first.result()
        assert not hog[-1].update.state.ended

    on_site(tmp_path, use, workers=1, queue=2)


def test_twenty_jobs_queue_fairly_and_one_more_is_refused(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        started: list[int] = []

        async def watch(number: int, job: Job) -> None:
            await running(job)
            started.append(number)
            await job.result()

        jobs = [site.submit("slow_setup") for _ in range(20)]
        with pytest.raises(BusyError, match="18 jobs wait already"):
            site.submit("slow_setup")
        await asyncio.gather(*(watch(number, job) for number, job in enumerate(jobs)))
        assert started == list(range(20))
        assert site.submit("slow_setup").update.state is JobState.QUEUED

    on_site(tmp_path, use, queue=18)


def test_a_thousand_jobs_at_once_leave_nothing_but_their_results(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        await site.submit("slow_setup").result()
        me = psutil.Process()
        before = me.num_fds(), me.memory_info().rss, len(workers())
        jobs = [site.submit("slow_setup") for _ in range(1000)]
        cancelled = jobs[1::2]
        await asyncio.gather(*(site.service.cancel(job) for job in cancelled))
        kept = jobs[::2]
        assert all(len(outputs) == 1 for outputs in await asyncio.gather(*(job.result() for job in kept)))
        assert {job.update.state for job in cancelled} == {JobState.CANCELLED}
        assert len(site.folders()) == 501
        assert me.num_fds() <= before[0] + 12  # a second worker
        assert me.memory_info().rss - before[1] < 64 * 2**20
        assert len(workers()) <= before[2] + 2

    on_site(tmp_path, use, queue=1000)


def test_a_drain_lets_jobs_end_and_takes_no_more(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        job, endless = site.submit("well_behaved"), site.submit("long")
        waiting = site.submit("well_behaved")
        await running(job)
        await running(endless)
        own = asyncio.create_task(site.service.run_internal(endpoint_spec("python_loop"), [site.track]))
        await asyncio.sleep(0)
        begun = time.monotonic()
        await site.service.drain(1.0)
        assert time.monotonic() - begun >= 1
        assert isinstance(own.exception(), JobCancelledError), "nobody will want what the server does for itself"
        states = [one.update.state for one in (job, endless, waiting)]
        assert states == [JobState.DONE, JobState.RUNNING, JobState.CANCELLED]
        with pytest.raises(JobCancelledError, match="The server was stopped"):
            await waiting.result()
        with pytest.raises(BusyError, match="shutting down"):
            site.submit("well_behaved")

    on_site(tmp_path, use)


def test_whose_cancel_means_which_job(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        find = site.service.running
        old = site.submit("long", Caller("10.0.0.1", "token"))
        tab = site.submit("long", Caller("10.0.0.1", "token", "tab 1"))
        assert find(Caller("10.0.0.1", "token"), "test/long") is old
        assert find(Caller("10.9.9.9", "", "tab 1"), "test/long") is tab
        for caller in (Caller("10.0.0.2", "token"), Caller("10.0.0.1"), Caller("10.0.0.1", "token", "tab 2")):
            assert find(caller, "test/long") is None
        assert find(Caller("10.0.0.1", "token"), "test/well_behaved") is None
        second = site.submit("long", Caller("10.0.0.1", "token"))
        assert find(Caller("10.0.0.1", "token"), "test/long") is None  # two: in doubt, none
        await site.service.cancel(old)
        assert find(Caller("10.0.0.1", "token"), "test/long") is second

    on_site(tmp_path, use)


def test_internal_work_waits_for_no_caller(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        jobs = [site.submit("long") for _ in range(3)]
        await running(jobs[0])
        spec = endpoint_spec("well_behaved", endpoint_id="harpist/preview")
        assert told(await asyncio.wait_for(site.service.run_internal(spec, [site.track]), 10))["name"] == "take 1.wav"
        asked = asyncio.create_task(site.service.run_internal(endpoint_spec("python_loop"), [site.track]))
        await asyncio.sleep(0.5)
        begun = time.monotonic()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert time.monotonic() - begun < 5
        with pytest.raises(WorkerCrashError):
            await site.service.run_internal(endpoint_spec("segfault"), [site.track])

    on_site(tmp_path, use, workers=1, queue=2)


def test_folders_go_when_nobody_uses_them(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        left = site.settings.work / "jobs" / "left by an earlier run"
        left.mkdir()
        (left / "file.wav").write_bytes(b"x")
        os.utime(left, (0, 0))
        idle, used, open_job = site.submit("well_behaved"), site.submit("well_behaved"), site.submit("long")
        outputs = await used.result()
        assert isinstance(outputs[0], FileOutput)
        await idle.result()
        for _ in range(25):
            await asyncio.sleep(0.1)
            site.service.touch(outputs[0].path)
        assert set(site.folders()) == {used.folder, open_job.folder}
        with pytest.raises(NotFoundError):
            site.service.find(idle.id)
        assert site.service.find(used.id) is used

    on_site(tmp_path, use, keep=1 / 60)


def test_what_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        earlier = workers()
        site = Site(tmp_path)
        await site.service.start()
        with pytest.raises(NotFoundError, match="no model “test/none”"):
            site.submit("none")
        with pytest.raises(RequestError, match="expects 1 files, not 0"):
            site.service.submit("test/long", ME, [], {})
        job, stuck = site.submit("long"), site.submit("native_loop")
        await computing(stuck)
        begun = time.monotonic()
        await site.service.close()
        assert time.monotonic() - begun < 5
        assert (job.update.state, stuck.update.state) == (JobState.CANCELLED, JobState.CANCELLED)
        with pytest.raises(BusyError, match="shutting down"):
            site.submit("long")
        assert not [pid for pid in workers() - earlier if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    asyncio.run(main())


class FailingBackend:
    """A backend with a fault of its own."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def start(self) -> None:
        pass

    async def run(self, request: JobRequest, started: Callable[[], None], progress: Callable[[float], None]) -> Outputs:
        raise self.error

    def capacity(self) -> int:
        return 1

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("error", [OSError(28, "No space left on device: /srv/x"), KeyError("/srv/secret")])
def test_a_fault_of_the_server_is_told_without_its_details(
    error: Exception, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        settings = Settings(home=tmp_path)
        registry = Registry()
        registry.add(endpoint_spec("well_behaved"))
        service = JobService(FailingBackend(error), registry, settings)
        await service.start()
        job = service.submit("test/well_behaved", ME, [sound(tmp_path)], {})
        with pytest.raises(WorkerError) as caught:
            await job.result()
        assert "/srv" not in str(caught.value)
        await service.close()

    asyncio.run(main())
    assert "failed inside the server" in caplog.text
