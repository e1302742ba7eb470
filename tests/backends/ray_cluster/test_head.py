"""The head of the cluster is lost, or a part of it: a right result or a sentence; what comes back is used again."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.backends.ray_cluster import fleet
from app.errors import WorkerError
from tests.backends.ray_cluster.on_nodes import OnNodes, content, told
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.fixtures.specs import endpoint_spec
from tests.ray_head import Head, a_head

pytestmark = pytest.mark.slow
MIRROR = spec(Mirror, "test/mirror")
HEAD = "The Ray cluster cannot run jobs now: its head at 127.0.0.1:"
RAYLET = "The Ray cluster cannot run jobs now: this machine "


@pytest.fixture
def head() -> Iterator[Head]:
    with tempfile.TemporaryDirectory(prefix="h", dir="/tmp") as name, a_head(Path(name)) as made:
        yield made


@pytest.fixture
def alone(head: Head, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OnNodes]:
    monkeypatch.setattr(fleet, "_RETURNS", 150.0)  # a head may take a while to start where others compute, too
    with OnNodes(tmp_path / "home", head.address, ray_min=1, ray_max=1) as made:
        yield made


async def begun(nodes: OnNodes, sound: Path, seconds: str) -> asyncio.Task[int]:
    """Begin a job that takes so long, and return when it computes; it tells who computed it."""
    computes = asyncio.Event()

    async def work() -> int:
        job = nodes.run(endpoint_spec("well_behaved", seconds=seconds), sound, started=computes.set)
        return int(told(await job)["pid"])

    task = asyncio.create_task(work())
    await asyncio.wait_for(computes.wait(), 60)
    return task


async def lost(nodes: OnNodes, reason: str) -> None:
    """Wait until the server says so."""
    for _ in range(200):
        if (await nodes.backend.obstacle()).startswith(reason):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(await nodes.backend.obstacle())


def at_sigterm() -> bytes:
    """What this process does at the signal, as the system has it."""
    action = ctypes.create_string_buffer(256)
    ctypes.CDLL(None).sigaction(signal.SIGTERM, None, action)
    return action.raw[:8]  # the handler; what follows is not all written


async def right(nodes: OnNodes, sound: Path) -> bool:
    return content(await nodes.run(MIRROR, sound)) == [sound.read_bytes()] * 2


def test_a_head_that_is_killed_costs_no_job_that_runs(alone: OnNodes, head: Head, sound: Path) -> None:
    async def use() -> None:
        job = await begun(alone, sound, "6")
        head.kill("gcs_server")
        await lost(alone, HEAD)
        spent = time.process_time()
        await asyncio.sleep(2)
        assert time.process_time() - spent < 1, "a cluster that is lost is waited for, and nothing computes meanwhile"
        waits = asyncio.create_task(right(alone, sound))
        await job
        assert not waits.done()
        head.kill()
        await asyncio.to_thread(head.start)
        assert await asyncio.wait_for(waits, 150)
        assert await alone.backend.obstacle() == "" and await right(alone, sound)

    before = at_sigterm()
    alone.do(use(), 300)
    assert at_sigterm() == before, "Ray would end the server without its grace"
    assert sum(alone.backend.census().lost.values()) == 1 and alone.backend.census().retried == 0


def test_a_head_that_is_lost_with_all_that_ran_there_and_comes_back(alone: OnNodes, head: Head, sound: Path) -> None:
    async def use() -> None:
        job = await begun(alone, sound, "5")
        head.kill()
        await asyncio.to_thread(head.start)
        assert await asyncio.wait_for(job, 150) > 0
        assert await right(alone, sound)

    alone.do(use(), 300)
    assert alone.backend.census().retried == 1, "it ran once more"


def test_a_head_that_stays_away_gets_a_sentence(
    alone: OnNodes, head: Head, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "_RETURNS", 3.0)

    async def use() -> None:
        job = await begun(alone, sound, "60")
        head.kill()
        await lost(alone, HEAD)
        for one in (job, right(alone, sound)):
            with pytest.raises(WorkerError, match=r"cannot run jobs now: its head at \S+ does not answer\."):
                await asyncio.wait_for(one, 60)

    alone.do(use(), 300)


def test_a_raylet_of_this_machine_that_is_killed_is_told_of_and_used_again(
    alone: OnNodes, head: Head, sound: Path
) -> None:
    async def use() -> None:
        job = await begun(alone, sound, "20")
        head.kill("raylet")
        await lost(alone, RAYLET)
        head.kill()
        await asyncio.to_thread(head.start)
        assert await asyncio.wait_for(job, 150) > 0, "it ran once more"
        assert await right(alone, sound)

    alone.do(use(), 300)
    assert alone.backend.census().retried == 1
    assert os.environ["RAY_AUTH_MODE"] == "token"
