"""Nodes that are taken, let go of, shared with others, or not to be had."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.errors import ModelRunError, SettingsError, WorkerError
from tests.backends.ray_cluster.on_nodes import OnNodes, content, told
from tests.fixtures.endpoints.mirror import Mirror
from tests.fixtures.endpoints.mirror import spec as mirror_spec
from tests.fixtures.specs import endpoint_spec, wav
from tests.ray_cluster import TwoNodes

pytestmark = pytest.mark.slow
VALUES: dict[str, Any] = {"channels": "Keep stereo", "wet": 0.3, "join": True, "note": "ü"}


def test_a_shared_folder_takes_the_place_of_blocks(cluster: TwoNodes, tmp_path: Path) -> None:
    home = tmp_path / "shared" / "home"
    home.mkdir(parents=True)
    (home / "upload.wav").write_bytes(wav(bytes(20_000)))
    with OnNodes(home, cluster.address, shared_folder=str(tmp_path / "shared")) as nodes:
        outputs = nodes.do(nodes.run(mirror_spec(Mirror, "test/mirror"), home / "upload.wav", **VALUES))
        assert content(outputs) == [(home / "upload.wav").read_bytes()] * 2
        assert {path.parent for path in home.glob("jobs/*/*")} == {home / "jobs" / "1"}, "its files, and no folder"
        with pytest.raises(ModelRunError):
            nodes.do(nodes.run(endpoint_spec("wrong_outputs", how="outside"), home / "upload.wav"))
    assert list((tmp_path / "shared").iterdir()) == [home]


def test_nodes_are_taken_when_they_are_needed_and_let_go_after(cluster: TwoNodes, sound: Path, tmp_path: Path) -> None:
    with OnNodes(tmp_path / "home", cluster.address, idle=1.0, ray_min=1) as nodes:
        spec = endpoint_spec("well_behaved", seconds="4")

        async def use() -> None:
            assert len(nodes.stationed) == 1
            jobs = [asyncio.create_task(nodes.run(spec, sound)) for _ in range(3)]
            await nodes.both()
            pids = [told(one)["pid"] for one in await asyncio.gather(*jobs)]
            assert len({*pids}) >= 2
            await nodes.until(lambda: len(nodes.stationed) == 1)

        nodes.do(use())
        assert nodes.backend.census().lost == {} and nodes.backend.census().retried == 0


def test_no_more_nodes_are_taken_than_may_be(cluster: TwoNodes, sound: Path, tmp_path: Path) -> None:
    with OnNodes(tmp_path / "home", cluster.address, idle=1.0, ray_min=0, ray_max=1) as nodes:
        spec = endpoint_spec("well_behaved", seconds="1")
        most = 0

        def watch(fraction: float, said: str = "") -> None:
            nonlocal most
            most = max(most, len(nodes.backend._fleet._all))

        async def use() -> None:
            assert nodes.stationed == [] and nodes.backend.capacity() == 1
            outputs = await asyncio.gather(*(nodes.run(spec, sound, progress=watch) for _ in range(3)))
            assert len({told(one)["pid"] for one in outputs}) == 1
            await nodes.until(lambda: nodes.stationed == [])

        nodes.do(use())
        assert most == 1


def test_a_node_is_not_let_go_while_it_runs_a_job_of_the_servers_own(
    cluster: TwoNodes, sound: Path, tmp_path: Path
) -> None:
    with OnNodes(tmp_path / "home", cluster.address, idle=1.0, ray_min=0, ray_max=1) as nodes:

        async def use() -> None:
            await nodes.run(endpoint_spec("well_behaved"), sound)
            assert len(nodes.stationed) == 1
            await nodes.run(endpoint_spec("well_behaved", endpoint_id="test/own", seconds="5"), sound, internal=True)

        nodes.do(use())
        assert nodes.backend.census().lost == {} and nodes.backend.census().retried == 0


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"ray_gpus": 1.0}, "No node of the Ray cluster has room for a job, which takes 1 CPUs and 1 GPUs"),
        ({"ray_cpus": 64.0}, "No node .* takes 64 CPUs .*there are: .*: 1 CPUs, 0 GPUs"),
        ({"ray_address": "127.0.0.1:1"}, "No Ray cluster answers at 127.0.0.1:1"),
    ],
)
def test_what_the_cluster_has_not_is_told_at_once(
    settings: dict[str, Any], sentence: str, cluster: TwoNodes, tmp_path: Path
) -> None:
    address = settings.pop("ray_address", cluster.address)
    begun = time.monotonic()
    with pytest.raises(SettingsError, match=sentence):
        OnNodes(tmp_path, address, **settings)
    assert time.monotonic() - begun < 10


def test_two_servers_share_a_cluster_and_its_state_is_told(
    cluster: TwoNodes, sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = OnNodes(tmp_path / "one", cluster.address, ray_min=1, ray_max=1)
    second = OnNodes(tmp_path / "two", cluster.address, ray_min=1)
    with first as one, second as two:
        spec = endpoint_spec("well_behaved", endpoint_id="test/told")
        assert len({told(server.do(server.run(spec, sound)))["pid"] for server in (one, two)}) == 2
        with pytest.raises(WorkerError, match="cannot run jobs now: others hold what its nodes have"):
            OnNodes(tmp_path / "three", cluster.address, ray_min=1).__enter__()
        assert main(["cluster", "status", "--ray-address", cluster.address]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"Ray cluster at {cluster.address}: 2 nodes" and len(lines) == 5
    assert sum("1 CPUs, 0 GPUs" in line and "room for 1 job at once" in line for line in lines) == 2
    assert sum("1 idle" in line and "loaded with test/told" in line for line in lines) == 2
