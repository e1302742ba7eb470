"""What the sandbox costs: a forward pass inside it, a fresh worker, workers that wait."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

from app.workers import heap
from app.workers.messages import Load, Run
from app.workers.process import WorkerProcess
from app.workers.sandbox.terms import Sandbox
from benchmarks import models
from benchmarks.measuring import in_turns, ratios, seconds
from benchmarks.processes import private_mib
from benchmarks.servers import ROOT
from benchmarks.sounds import file_of
from benchmarks.table import Options

READY, MEMORY = 0.2, 1024.0
"""Seconds and MiB: the goals for a fresh worker and for fifty that wait."""


def sandbox_cost(options: Options) -> list[tuple[str, ...]]:
    """Return the rows of all three, measured with one fork server, as one server has it."""
    loop = asyncio.new_event_loop()
    try:
        return [_forward_pass(options, loop), *_fresh(options, loop), *_idle(options, loop)]
    finally:
        loop.close()


def _forward_pass(options: Options, loop: asyncio.AbstractEventLoop) -> tuple[str, ...]:
    model = models.SMALL_CONV_TASNET if options.quick else models.CONV_TASNET
    folder = model.export(options.home)
    arguments = {"folder": str(folder), "rate": str(model.rate), "length": "1" if options.quick else "5", "calls": "5"}
    bare = [sys.executable, "-m", "benchmarks.forward_pass", *arguments.values()]
    works: dict[str, Callable[[], float]] = {
        "sandboxed": lambda: loop.run_until_complete(_sandboxed(folder, arguments)),
        "bare": lambda: float(subprocess.run(bare, cwd=ROOT, check=True, capture_output=True, text=True).stdout),
    }
    found = ratios(in_turns(works, 1 if options.quick else 5), "sandboxed", "bare")
    return (f"{model.title}: a forward pass in the sandbox / in a plain process", *found.cells, "")


async def _sandboxed(folder: Path, arguments: dict[str, str]) -> float:
    with tempfile.TemporaryDirectory() as scratch:
        process = await WorkerProcess.launch(Sandbox((str(folder),), (scratch,)))
        try:
            await process.load(Load("benchmarks.forward_pass:TimedForwardPass", arguments, "cpu", 1), 60)
            answer = await process.run(Run("job", [], scratch, {}), lambda _: None, 600)
            return float(json.loads(Path(answer[0]["file"]).read_text()))
        finally:
            await process.kill()


def _fresh(options: Options, loop: asyncio.AbstractEventLoop) -> list[tuple[str, ...]]:
    """Time a process from nothing to a loaded model and its end, beside a program that only imports torch."""

    async def start_and_end() -> None:
        async with _workers(options.home, 1):
            pass

    program = [sys.executable, "-c", "import torch"]
    works: dict[str, Callable[[], float]] = {
        "worker": lambda: seconds(lambda: loop.run_until_complete(start_and_end())),
        "program": lambda: seconds(lambda: subprocess.run(program, check=True)),
    }
    works["worker"]()  # the fork server starts
    turns = in_turns(works, 1 if options.quick else 9)
    times = sorted(turn["worker"] for turn in turns)
    what = "a fresh worker, from nothing to a loaded model and its end"
    aim = f"at most {READY:g} s: {'met' if median(times) <= READY else 'missed'}"
    spread = f"{times[0]:.3f} – {times[-1]:.3f}"
    return [
        (f"{what} / a program that imports torch", *ratios(turns, "worker", "program").cells, ""),
        (f"{what} (s)", f"**{median(times):.3f}**", spread, str(len(times)), aim),
    ]


def _idle(options: Options, loop: asyncio.AbstractEventLoop) -> list[tuple[str, ...]]:
    count = 2 if options.quick else 50

    async def kept() -> tuple[float, float]:
        """Return the memory of so many workers (MiB), loaded and after a job."""
        # Before the workers start: what is not there cannot be opened to them.
        sound = file_of(options.home, 1.0)
        async with _workers(options.home, count) as (workers, scratch):
            await asyncio.sleep(2 * heap.IDLE)
            loaded = sum(private_mib(worker.pid or 0) for worker in workers)
            for number, worker in enumerate(workers):
                folder = Path(scratch) / str(number)
                folder.mkdir()
                job = Run("job", [[str(sound), "sound.wav"]], str(folder), {"channels": "Keep stereo", "wet": 100.0})
                await worker.run(job, lambda _: None, 600)
            await asyncio.sleep(2 * heap.IDLE)
            return loaded, sum(private_mib(worker.pid or 0) for worker in workers)

    return [
        (
            f"{count} idle workers {state}: memory of their own (MiB)",
            f"**{used:.0f}**",
            "",
            "1",
            f"under {MEMORY:g} MiB: {'met' if used < MEMORY else 'missed'}",
        )
        for state, used in zip(("that loaded a model", "that ran a job"), loop.run_until_complete(kept()))
    ]


@asynccontextmanager
async def _workers(home: Path, count: int) -> AsyncIterator[tuple[list[WorkerProcess], str]]:
    """Have so many workers with the identity model loaded, and a folder in which they may write."""
    folder = models.IDENTITY.export(home)
    load = Load("app.audacitorch.effect:AudacitorchEffect", {"id": models.IDENTITY.id, "folder": str(folder)}, "cpu", 1)
    workers: list[WorkerProcess] = []
    with tempfile.TemporaryDirectory() as scratch:
        try:
            for _ in range(count):
                workers.append(await WorkerProcess.launch(Sandbox((str(folder), str(home / "sounds")), (scratch,))))
                await workers[-1].load(load, 60)
            yield workers, scratch
        finally:
            for worker in workers:
                await worker.kill()
