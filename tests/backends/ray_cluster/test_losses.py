"""Nodes and supervisors that are lost in mid-job, as by ``kill -9``: a right result or a sentence, and never a wait."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.backends.ray_cluster import fleet, supervisor
from app.errors import HarpistError, WorkerCrashError, WorkerError
from tests.backends.ray_cluster.on_nodes import OnNodes, content
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.fixtures.specs import endpoint_spec, exists, wav
from tests.ray_cluster import TwoNodes

pytestmark = pytest.mark.slow
MIRROR = spec(Mirror, "test/mirror")
ROUNDS = int(os.environ.get("RAY_ROUNDS", "20"))
LONGEST = 150.0
"""Seconds after which a job is taken to hang."""


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "upload.wav"
    path.write_bytes(wav(random.Random(3).randbytes(6_000_000)))  # two blocks
    return path


async def outcome(nodes: OnNodes, sound: Path, **options: Any) -> str:
    """How a job ends: right, or with which kind of error; anything else is a failure of the test."""
    try:
        outputs = await asyncio.wait_for(nodes.run(MIRROR, sound, seconds=0.5, **options), LONGEST)
    except HarpistError as error:
        assert error.message.endswith(".") and "/" not in error.message
        return type(error).__name__
    assert content(outputs) == [sound.read_bytes()] * 2
    return "right"


async def serves_again(nodes: OnNodes, cluster: TwoNodes, sound: Path) -> None:
    await nodes.both()
    assert await asyncio.gather(*(outcome(nodes, sound) for _ in range(2))) == ["right", "right"]
    assert all(one.running == 0 for one in nodes.stationed)
    assert not list((nodes.home / "jobs").glob("*/*.part")), "no half file"


def busy(nodes: OnNodes) -> list[Any]:
    return [one for one in nodes.stationed if one.running]


def test_supervisors_that_are_killed(cluster: TwoNodes, sound: Path, tmp_path: Path) -> None:
    lots, ends = random.Random(18), Counter[str]()

    async def one_round() -> None:
        await nodes.both()
        jobs = [asyncio.create_task(outcome(nodes, sound)) for _ in range(2)]
        await nodes.until(lambda: len(busy(nodes)) == 2)
        await asyncio.sleep(lots.uniform(0.0, 0.8))
        victim = lots.choice(nodes.stationed)
        os.kill(victim.pid, signal.SIGKILL)
        ends.update(await asyncio.gather(*jobs))

    with OnNodes(tmp_path / "home", cluster.address) as nodes:
        for _ in range(ROUNDS):
            nodes.do(one_round(), 300)
        nodes.do(serves_again(nodes, cluster, sound), 180)
        census = nodes.backend.census()
        assert sum(census.lost.values()) == ROUNDS and 0 < census.retried <= ROUNDS
    assert ends["right"] >= 2 * ROUNDS - 1, f"one retry is enough where one node is lost: {ends}"


def test_raylets_that_are_killed(cluster: TwoNodes, sound: Path, tmp_path: Path) -> None:
    lots, ends = random.Random(19), Counter[str]()

    async def one_round() -> None:
        await nodes.both()
        jobs = [asyncio.create_task(outcome(nodes, sound)) for _ in range(2)]
        await nodes.until(lambda: len(busy(nodes)) == 2)
        await asyncio.sleep(lots.uniform(0.0, 0.6))
        cluster.kill_raylet(cluster.second)
        ends.update(await asyncio.gather(*jobs))
        cluster.forget(cluster.second)
        cluster.second = cluster.add()  # in this thread: Ray handles signals

    with OnNodes(tmp_path / "home", cluster.address) as nodes:
        for _ in range(ROUNDS):
            nodes.do(one_round(), 300)
        nodes.do(serves_again(nodes, cluster, sound), 180)
        assert sum(nodes.backend.census().lost.values()) == ROUNDS
    assert ends["right"] == 2 * ROUNDS, str(ends)


def test_a_worker_that_is_killed_costs_its_job_and_nothing_else(cluster: TwoNodes, sound: Path, tmp_path: Path) -> None:
    async def use() -> None:
        await nodes.both()
        before = nodes.backend.census().lost
        with pytest.raises(WorkerCrashError):
            await nodes.run(endpoint_spec("segfault"), sound)
        assert nodes.backend.census().lost == before
        assert await outcome(nodes, sound) == "right"

    with OnNodes(tmp_path / "home", cluster.address) as nodes:
        nodes.do(use())


def test_a_supervisor_that_is_gone_leaves_no_process(cluster: TwoNodes, sound: Path, tmp_path: Path) -> None:
    import psutil

    async def use() -> list[int]:
        await nodes.both()
        job = asyncio.create_task(nodes.run(endpoint_spec("native_loop"), sound))
        await nodes.until(lambda: any(one.census.busy for one in nodes.stationed))
        (victim,) = busy(nodes)
        children = [child.pid for child in psutil.Process(victim.pid).children(recursive=True)]
        os.kill(victim.pid, signal.SIGKILL)
        await nodes.until(lambda: bool(nodes.backend.census().retried))
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        return children

    with OnNodes(tmp_path / "home", cluster.address) as nodes:
        children = nodes.do(use())
    deadline = time.monotonic() + 30
    while any(exists(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert children and not any(exists(pid) for pid in children)


def test_a_node_of_another_version_gets_no_jobs(
    cluster: TwoNodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "fingerprint", lambda: {**supervisor.fingerprint(), "torch": "1.0"})
    nodes = OnNodes(tmp_path / "home", cluster.address)
    with pytest.raises(
        WorkerError, match=r"cannot run jobs now: node \S+ runs another version \(torch [\d.]+, not 1.0"
    ):
        nodes.__enter__()
