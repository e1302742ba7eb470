"""The watch over workers at rest: who computes without a job is ended, and nobody else."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from app.audacitorch.describe import describe
from app.backends.base import JobRequest
from app.backends.local import LocalBackend
from app.config import Settings
from app.endpoint import EndpointSpec, FileOutput, TrackFile
from app.errors import HarpistError
from app.workers.idle_watch import FREE, SHARE, IdleWatch, processor_time
from app.workers.why import Why
from app.workers.worker import Member
from tests.audacitorch.models import EFFECT, save
from tests.fixtures.specs import endpoint_spec, exists, sound, wav


class Office:
    """One worker, whose processor time and jobs are made up, under watch."""

    def __init__(self) -> None:
        self.now = self.used = 0.0
        self.idle, self.jobs = True, 1
        self.loaded = self.there = True
        self.ended: list[HarpistError] = []

        def end(error: HarpistError, why: Why) -> None:
            assert why is Why.RESTLESS
            self.ended.append(error)

        self.watch = IdleWatch(
            lambda: [Member(7, self.idle, 0, end, self.jobs if self.loaded else None, "a/model")],
            lambda pid: self.used if self.there else None,
            lambda: self.now,
        )

    def pass_by(self, seconds: float, used: float) -> None:
        self.now += seconds
        self.used += used
        self.watch.look()


def test_who_computes_at_rest_is_ended() -> None:
    office = Office()
    office.pass_by(0.0, 500.0)
    office.pass_by(1.0, 1.0)
    assert office.ended == []
    office.pass_by(1.0, 1.0)
    assert [error.message for error in office.ended] == [
        "The model’s process computed without a job, and was ended; try again."
    ]


def test_who_tidies_up_and_then_sleeps_is_not() -> None:
    office = Office()
    office.pass_by(0.0, 500.0)
    office.pass_by(1.0, 0.9 * FREE)
    for _ in range(1000):
        office.pass_by(60.0, 60.0 * 0.9 * SHARE)
    assert office.ended == []


def test_what_a_job_takes_between_two_looks_does_not_count() -> None:
    office = Office()
    for _ in range(10):
        office.pass_by(1.0, 30.0)
        office.jobs += 1
    assert office.ended == []


def test_who_runs_a_job_or_is_being_loaded_or_is_gone_is_left_alone() -> None:
    for state in ({"idle": False}, {"loaded": False}, {"there": False}):
        office = Office()
        vars(office).update(state)
        for _ in range(5):
            office.pass_by(1.0, 4.0)
        assert office.ended == []


def test_processor_time_is_that_of_the_process() -> None:
    before = processor_time(os.getpid())
    begun = time.process_time()
    while time.process_time() < begun + 0.1:
        pass
    after = processor_time(os.getpid())
    assert before is not None and after is not None and 0.05 < after - before < 5
    assert processor_time(2**22 + 1) is None


def busy(x: int) -> int:
    while x > 0:
        x = x + 1 if x < 1000 else 1
    return x


class ForksInForward(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        task = torch.jit.fork(busy, 1)
        # Were it never waited for, TorchScript would leave it out.
        return 0.5 * x if x.shape[0] < 9 else x * torch.jit.wait(task)


class ForksAtLoad(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.count = 1

    @torch.jit.export
    def __getstate__(self) -> tuple[int, bool]:
        return self.count, self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[int, bool]) -> None:
        self.count, self.training = state
        task = torch.jit.fork(busy, self.count)
        if self.count > 9:
            self.count = torch.jit.wait(task)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 0.5 * x


def model(module: nn.Module) -> Callable[[Path], EndpointSpec]:
    return lambda folder: describe("author/model", save(module, EFFECT, folder / "model"), None)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda folder: endpoint_spec("computes_on", begin="asked"), id="thread"),
        pytest.param(lambda folder: endpoint_spec("computes_on", begin="loaded"), id="thread at load"),
        pytest.param(model(ForksInForward()), id="fork"),
        pytest.param(model(ForksAtLoad()), id="fork at load"),
    ],
)
def test_a_worker_that_computes_after_its_job_is_ended_and_an_honest_one_stays(
    make: Callable[[Path], EndpointSpec], tmp_path: Path
) -> None:
    async def main() -> None:
        backend = LocalBackend(Settings(home=tmp_path, workers=1, device="cpu", threads=1, warm=2))
        await backend.start()

        async def run(spec: EndpointSpec, track: TrackFile, job: str) -> FileOutput:
            (tmp_path / job).mkdir()
            request = JobRequest(job, spec, (track,), {}, tmp_path / job)
            output = (await backend.run(request, lambda: None, lambda fraction: None))[0]
            assert isinstance(output, FileOutput)
            return output

        try:
            told = await run(endpoint_spec("well_behaved"), sound(tmp_path), "honest")
            honest = json.loads(told.path.read_text())["pid"]
            heard = tmp_path / "sound.wav"
            heard.write_bytes(wav(bytes(16_000)))
            await run(make(tmp_path), TrackFile(heard, "sound.wav"), "other")
            (other,) = {member.pid for member in backend._pool.members} - {honest}
            begun = time.monotonic()
            while exists(other):
                assert time.monotonic() - begun < 60, "it computes on"
                await asyncio.sleep(0.05)
            assert [member.pid for member in backend._pool.members] == [honest]
        finally:
            await backend.close()

    asyncio.run(main())
