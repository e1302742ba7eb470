"""Ray's object store, full of what others keep there: tried for some seconds, then a sentence; and no node is lost."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.endpoint import Outputs
from app.errors import StorageError
from tests.backends.ray_cluster.on_nodes import OnNodes, content
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.fixtures.specs import wav
from tests.ray_cluster import two_nodes

pytestmark = pytest.mark.slow
MIRROR = spec(Mirror, "test/mirror")
FULL = "The object store of the Ray cluster is full; try again later."


class Keeping:
    """Keeps as much in its node's object store as there is room for."""

    def __init__(self) -> None:
        self.kept: list[Any] = []

    def fill(self) -> None:
        """Fill it; what others let go of meanwhile, too."""
        import ray

        quiet = 0
        while quiet < 3:
            before = len(self.kept)
            for size in (4 << 20, 1 << 20, 200_000):
                with contextlib.suppress(ray.exceptions.ObjectStoreFullError, ray.exceptions.OutOfDiskError):
                    while True:
                        self.kept.append(ray.put(bytes(size)))
            quiet = quiet + 1 if len(self.kept) == before else 0
            time.sleep(0.2)

    def free(self) -> None:
        self.kept.clear()


class Others:
    """One that keeps on each of the nodes that take jobs."""

    def __init__(self, nodes: OnNodes) -> None:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy as Here

        kind, ids = ray.remote(Keeping), [one.node.id for one in nodes.stationed]
        self._all = [kind.options(num_cpus=0, scheduling_strategy=Here(one, soft=False)).remote() for one in ids]
        self._get = ray.get

    def do(self, method: str) -> None:
        self._get([getattr(one, method).remote() for one in self._all], timeout=60)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnNodes]:
    with two_nodes(spills=False) as cluster, OnNodes(tmp_path_factory.mktemp("home"), cluster.address) as made:
        made.do(made.both())
        yield made


@pytest.fixture(scope="module")
def others(nodes: OnNodes) -> Others:
    return Others(nodes)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "upload.wav"
    path.write_bytes(wav(random.Random(3).randbytes(6_000_000)))  # two blocks
    return path


async def outcome(job: Awaitable[Outputs], sound: Path) -> str:
    """How a job ends: right, or with a sentence."""
    try:
        outputs = await asyncio.wait_for(job, 60)
    except StorageError as error:
        return error.message
    assert content(outputs) == [sound.read_bytes()] * 2
    return "right"


def untouched(nodes: OnNodes, sound: Path) -> None:
    """No node was lost, nothing is left of the job, and the next one is right."""
    assert nodes.backend.census().lost == {} and nodes.backend.census().retried == 0
    assert not list((nodes.home / "jobs").glob("*/*.part")), "no half file"
    assert nodes.do(outcome(nodes.run(MIRROR, sound), sound)) == "right"
    assert all(one.running == 0 for one in nodes.stationed)


def test_a_job_that_cannot_be_sent_is_told(nodes: OnNodes, others: Others, sound: Path) -> None:
    others.do("fill")
    try:
        begun = time.monotonic()
        assert nodes.do(outcome(nodes.run(MIRROR, sound), sound)) == FULL
        assert 5 < time.monotonic() - begun < 15, "it is tried again for some seconds"
    finally:
        others.do("free")
    untouched(nodes, sound)


def test_a_job_waits_for_room(nodes: OnNodes, others: Others, sound: Path) -> None:
    async def use() -> str:
        job = asyncio.create_task(outcome(nodes.run(MIRROR, sound), sound))
        await asyncio.sleep(1.5)
        assert not job.done()
        await asyncio.to_thread(others.do, "free")
        return await job

    others.do("fill")
    try:
        assert nodes.do(use()) == "right"
    finally:
        others.do("free")
    untouched(nodes, sound)


@pytest.mark.parametrize(("freed", "end"), [(False, FULL), (True, "right")])
def test_a_result_that_cannot_come_back_is_told(
    freed: bool, end: str, nodes: OnNodes, others: Others, sound: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def use() -> str:
        computes = asyncio.Event()
        running = nodes.run(MIRROR, sound, progress=lambda fraction, said="": computes.set(), seconds=8.0)
        job = asyncio.create_task(outcome(running, sound))
        await asyncio.wait_for(computes.wait(), 60)
        await asyncio.to_thread(others.do, "fill")
        if freed:
            await nodes.until(lambda: not any(one.census.busy for one in nodes.stationed))
            assert not job.done()
            await asyncio.to_thread(others.do, "free")
        return await job

    try:
        assert nodes.do(use()) == end
    finally:
        others.do("free")
    untouched(nodes, sound)
    assert "never retrieved" not in caplog.text
