"""Models on a node that has no room for all of them: the least recently used goes first, one in use never."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from app.endpoint import EndpointSpec
from tests.backends.ray_cluster.on_nodes import OnNodes, told
from tests.fixtures.specs import endpoint_spec
from tests.ray_cluster import TwoNodes

pytestmark = pytest.mark.slow
SIZE = 400_000
"""Bytes of a model's weights: two models fit into the node's MiB, three do not."""


def model(folder: Path, name: str, size: int = SIZE, seconds: float = 0.0) -> EndpointSpec:
    weights = folder / name / "weights"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(name.encode() * (size // len(name)))
    spec = endpoint_spec("well_behaved", endpoint_id=f"test/{name}", seconds=str(seconds))
    return replace(spec, reads=(str(weights.parent),))


def kept(cluster: TwoNodes) -> str:
    """The models whose weights lie on a node."""
    contents = (path for home in cluster.homes for path in (home / "node" / "contents").glob("*"))
    return "".join(sorted(path.read_bytes()[:1].decode() for path in contents if path.stat().st_size > SIZE // 2))


def test_the_least_recently_used_model_goes_first(cluster: TwoNodes, sound: Path, tmp_path: Path) -> None:
    specs = {name: model(tmp_path, name) for name in "abc"}
    with OnNodes(tmp_path / "home", cluster.address, ray_min=1, ray_max=1, ray_store=1) as nodes:
        for name in "aba":
            nodes.do(nodes.run(specs[name], sound))
        assert kept(cluster) == "ab"
        nodes.do(nodes.run(specs["c"], sound))
        assert kept(cluster) == "ac"
        nodes.do(nodes.run(specs["b"], sound))
        assert kept(cluster) == "bc", "and it is sent again when it is needed"
        assert {told(nodes.do(nodes.run(spec, sound)))["name"] for spec in specs.values()} == {"take 1.wav"}


def test_a_model_in_use_stays(cluster: TwoNodes, sound: Path, tmp_path: Path) -> None:
    used, large = model(tmp_path, "u", seconds=8.0), model(tmp_path, "l", size=6 * SIZE)
    others = [model(tmp_path, name) for name in "xyz"]
    with OnNodes(tmp_path / "home", cluster.address, ray_cpus=0.5, ray_min=1, ray_max=1, ray_store=1) as nodes:

        async def use() -> None:
            computes = asyncio.Event()
            job = asyncio.create_task(nodes.run(used, sound, progress=lambda fraction, said="": computes.set()))
            await asyncio.wait_for(computes.wait(), 60)
            for other in (*others, large):
                await nodes.run(other, sound)
                assert "u" in kept(cluster) and not job.done()
            assert kept(cluster) == "lu", "one that is larger than the room for all runs, too"
            await job
            await nodes.run(others[0], sound)
            assert kept(cluster) == "x"

        nodes.do(use())
