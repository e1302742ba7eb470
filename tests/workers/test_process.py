"""One worker process: real children, real sins."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from app.errors import DeadlineError, ModelFormatError, ModelRunError, WorkerCrashError
from app.workers.messages import Load, Run
from app.workers.process import WorkerProcess
from app.workers.sandbox.terms import Sandbox
from app.workers.why import Why
from tests.fixtures.specs import exists

Result = TypeVar("Result")


def load_of(name: str, **arguments: str) -> Load:
    return Load(f"tests.fixtures.endpoints.{name}:Model", arguments, "cpu", 1)


def run_in(folder: Path, job: str = "one") -> Run:
    (folder / "in.wav").write_bytes(b"x")
    (folder / "job").mkdir(exist_ok=True)
    return Run(job, [[str(folder / "in.wav"), "take.wav"]], str(folder / "job"), {"wet": 50.0})


def with_worker(
    name: str,
    use: Callable[[WorkerProcess], Awaitable[Result]],
    folder: Path,
    *,
    memory: int = 0,
    permits: tuple[str, ...] = (),
    why: Why = Why.NOT_NEEDED,
    **arguments: str,
) -> Result:
    """Run ``use`` on a loaded worker that may use ``folder``; see that nothing is left of it, and why it has ended."""
    told: list[Why] = []

    async def main() -> Result:
        sandbox = Sandbox(writable=(str(folder),), memory=memory, permits=permits)
        worker = await WorkerProcess.launch(sandbox, told.append)
        assert worker.pid is not None
        try:
            await worker.load(load_of(name, **arguments), 60)
            return await use(worker)
        finally:
            await worker.kill()
            assert not exists(worker.pid)
            assert told == [why]

    return asyncio.run(main())


def ignore(fraction: float) -> None:
    pass


async def begun(worker: WorkerProcess, folder: Path) -> asyncio.Task[list[dict[str, Any]]]:
    """Start a job, and wait until its endpoint has said that it computes."""
    computes = asyncio.Event()
    job = asyncio.create_task(worker.run(run_in(folder), lambda fraction: computes.set(), 60))
    await asyncio.wait_for(computes.wait(), 30)
    return job


def test_runs_jobs_one_after_another(tmp_path: Path) -> None:
    async def use(worker: WorkerProcess) -> list[float]:
        seen: list[float] = []
        outputs = await worker.run(run_in(tmp_path), seen.append, 60)
        assert outputs == [{"file": str(tmp_path / "job" / "take-told.json"), "label": "Told", "notice": ""}]
        again = await worker.run(run_in(tmp_path, "two"), ignore, 60)
        assert again[0]["file"].endswith("take-told-2.json")
        assert worker.alive
        return seen

    seen = with_worker("well_behaved", use, tmp_path, seconds="0.3")
    assert len(seen) >= 3
    assert seen == sorted(seen)
    assert 0 <= seen[0] < seen[-1] <= 1


@pytest.mark.parametrize(
    ("sin", "sentence"),
    [
        ("segfault", "The model crashed (segmentation fault)."),
        ("exits", "The model ended its process (exit code 3)."),
        ("wrong_record", "The model’s process sent something that is no answer, and was ended."),
        ("huge_record", "The model’s process sent something that is no answer, and was ended."),
        ("wrong_job", "The model’s process sent something that is no answer, and was ended."),
    ],
)
def test_a_sin_against_the_process_is_told_and_costs_it(sin: str, sentence: str, tmp_path: Path) -> None:
    async def use(worker: WorkerProcess) -> str:
        with pytest.raises(WorkerCrashError) as caught:
            await worker.run(run_in(tmp_path), ignore, 30)
        assert not worker.alive
        return caught.value.message

    why = Why.NO_ANSWER if "no answer" in sentence else Why.CRASH
    assert with_worker(sin, use, tmp_path, why=why) == sentence


@pytest.mark.parametrize(
    ("sin", "sentence"),
    [
        ("raises_path", "The model failed: RuntimeError: cannot open (a file): no such file; and more"),
        ("memory_bomb", "The model ran out of memory (1.5 GB allowed); a shorter region may work."),
        ("torch_memory_bomb", "The model ran out of memory (1.5 GB allowed); a shorter region may work."),
    ],
)
def test_a_failure_is_told_and_the_process_stays(sin: str, sentence: str, tmp_path: Path) -> None:
    async def use(worker: WorkerProcess) -> str:
        with pytest.raises(ModelRunError) as caught:
            await worker.run(run_in(tmp_path), ignore, 30)
        assert worker.alive
        with pytest.raises(ModelRunError):
            await worker.run(run_in(tmp_path, "again"), ignore, 30)
        return caught.value.message

    assert with_worker(sin, use, tmp_path, memory=3 * 2**29) == sentence


@pytest.mark.parametrize(("megabytes", "enough"), [("240", True), ("360", False)])
def test_the_limit_is_the_models_own_whatever_torch_takes(megabytes: str, enough: bool, tmp_path: Path) -> None:
    """PyTorch's libraries alone are 220 MB in a build for processors and 780 in one for CUDA."""

    async def use(worker: WorkerProcess) -> bool:
        try:
            return await worker.run(run_in(tmp_path), ignore, 30) == [{"labels": [], "notice": ""}]
        except ModelRunError as error:
            assert error.message == "The model ran out of memory (0.3 GB allowed); a shorter region may work."
            return False

    assert with_worker("takes_memory", use, tmp_path, memory=300 * 2**20, megabytes=megabytes) is enough


@pytest.mark.parametrize("sin", ["prints_flood", "reports_flood"])
def test_a_flood_harms_nothing(sin: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    seen: list[float] = []
    outputs = with_worker(sin, lambda worker: worker.run(run_in(tmp_path), seen.append, 60), tmp_path)
    assert outputs == [{"labels": [], "notice": ""}]
    assert len(seen) < 500
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("sin", ["python_loop", "native_loop", "torch_kernel", "leaves_child"])
def test_a_cancel_stops_what_never_looks_up(sin: str, tmp_path: Path) -> None:
    async def use(worker: WorkerProcess) -> None:
        assert worker.pid is not None
        job = await begun(worker, tmp_path)
        start = time.monotonic()
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert time.monotonic() - start < 5
        assert not exists(worker.pid)
        assert not worker.alive

    permits = ("processes",) if sin == "leaves_child" else ()
    with_worker(sin, use, tmp_path, permits=permits, why=Why.CANCELLED)
    if sin == "leaves_child":
        assert not exists(int((tmp_path / "job" / "child").read_text()))


def test_a_cancel_that_is_heeded_keeps_the_process(tmp_path: Path) -> None:
    async def use(worker: WorkerProcess) -> None:
        job = await begun(worker, tmp_path)
        job.cancel()
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert worker.alive

    with_worker("well_behaved", use, tmp_path, seconds="30")


def test_a_job_has_a_deadline(tmp_path: Path) -> None:
    async def use(worker: WorkerProcess) -> None:
        with pytest.raises(DeadlineError, match=r"stopped: longer than 0\.3 s"):
            await worker.run(run_in(tmp_path), ignore, 0.3)
        assert not worker.alive

    with_worker("python_loop", use, tmp_path, why=Why.TOO_LONG)


def test_loading_has_a_deadline_and_costs_the_process() -> None:
    async def main() -> None:
        told: list[Why] = []
        worker = await WorkerProcess.launch(Sandbox(), told.append)
        with pytest.raises(DeadlineError, match=r"loading took longer than 0\.5 s"):
            await worker.load(load_of("never_ready"), 0.5)
        assert worker.pid is not None
        assert not exists(worker.pid) and told == [Why.LOADING]

    asyncio.run(main())


def test_a_failure_to_load_is_told() -> None:
    async def main() -> None:
        worker = await WorkerProcess.launch(Sandbox())
        with pytest.raises(ModelFormatError, match="not a TorchScript model"):
            await worker.load(load_of("broken_setup"), 60)
        assert not worker.alive
        worker = await WorkerProcess.launch(Sandbox())
        with pytest.raises(ModelRunError, match="ModuleNotFoundError"):
            await worker.load(load_of("no_such_module"), 60)

    asyncio.run(main())


def test_a_process_killed_while_idle_is_noticed(tmp_path: Path) -> None:
    async def use(worker: WorkerProcess) -> None:
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        for _ in range(100):
            if not worker.alive:
                break
            await asyncio.sleep(0.02)
        assert not worker.alive

    with_worker("well_behaved", use, tmp_path, why=Why.CRASH)


def test_what_an_endpoint_tells_its_operator_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        worker = await WorkerProcess.launch(Sandbox())
        try:
            load = replace(load_of("notices"), precision="bfloat16")
            await worker.load(load, 60)
        finally:
            await worker.kill()

    asyncio.run(main())
    assert [record.getMessage() for record in caplog.records] == ["Wants bfloat16 from (a file) on cpu."]
