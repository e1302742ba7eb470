"""Jobs on a real cluster of two nodes: the same results as on one machine, and nothing more for a model to reach."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import soundfile

from app.backends.ray_cluster.manifest import Manifest
from app.endpoint import EndpointSpec, TextOutput
from app.errors import ModelRunError, WorkerError
from app.harp.labels import LabelList
from app.plugins.own import own_endpoints
from app.sources import IN_PYTHON
from tests.backends.ray_cluster.on_nodes import OnNodes, content, told
from tests.fixtures.endpoints.mirror import Failing, Mirror, Reader, Teller
from tests.fixtures.endpoints.mirror import spec as mirror_spec
from tests.fixtures.specs import LABELS, endpoint_spec, exists
from tests.ray_cluster import TwoNodes
from tests.serving import site
from tests.wire.clients import Harp14, Harp40, HarpClient
from tests.wire.transport import HarpError

VALUES: dict[str, Any] = {"channels": "Keep stereo", "wet": 0.3, "join": True, "note": "ü"}


def repair(folder: Path) -> EndpointSpec:
    (spec,) = own_endpoints({"harpist/repair": IN_PYTHON["harpist/repair"]}, folder / "kept.json", 60.0, print)
    return spec


def test_a_region_goes_to_a_node_and_back_to_harp(cluster: TwoNodes, sound: Path, tmp_path: Path) -> None:
    """One round trip of HARP's calls; ``make test-ray`` makes all of them.

    It comes first: what ``nodes`` is holds both nodes until the end of the others.
    """

    def loaded(kind: type[HarpClient], name: str) -> HarpClient:
        client = kind(f"{server.url}/models/test/{name}")
        client.load()
        return client

    specs = [mirror_spec(Mirror, "test/mirror"), mirror_spec(Failing, "test/failing")]
    with site(tmp_path / "home", specs, backend="ray", ray_address=cluster.address, ray_max=1) as server:
        for kind in (Harp14, Harp40):
            files = loaded(kind, "mirror").process(sound).files
            assert [body for _, body in files] == [sound.read_bytes()] * 2
        with pytest.raises(HarpError, match=r"The model gave 50.?3 rows, and 2 are expected"):
            loaded(Harp40, "failing").process(sound)


def test_results_are_those_of_the_local_backend(nodes: OnNodes, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).standard_normal((20 * 44100, 2)) * 0.1
    soundfile.write(tmp_path / "long.wav", noise, 44100, "PCM_24")  # two blocks
    spec = repair(tmp_path)
    values = {control.name: control.value for control in spec.controls}
    seen: list[float] = []
    there = nodes.do(nodes.run(spec, tmp_path / "long.wav", progress=lambda done, said="": seen.append(done), **values))
    with OnNodes(tmp_path / "local") as local:
        here = local.do(local.run(spec, tmp_path / "long.wav", **values))
    assert content(there) == content(here) and len(content(here)[0]) > 5_000_000
    assert [output.notice for output in there] == [output.notice for output in here]
    assert seen == sorted(seen) and len(seen) > 1


def test_labels_text_and_several_files_come_back(nodes: OnNodes, sound: Path) -> None:
    assert content(nodes.do(nodes.run(mirror_spec(Mirror, "test/mirror"), sound, **VALUES))) == [sound.read_bytes()] * 2
    (labels,) = nodes.do(nodes.run(mirror_spec(Reader, "test/reader"), sound, **VALUES))
    assert isinstance(labels, LabelList) and labels.labels[0].label == "take 1.wav"
    assert any(
        isinstance(one, TextOutput)
        for one in nodes.do(nodes.run(mirror_spec(Teller, "test/teller"), sound, parts=("Voice",)))
    )


def test_a_model_that_fails_is_told_and_nothing_stays(nodes: OnNodes, cluster: TwoNodes, sound: Path) -> None:
    with pytest.raises(ModelRunError, match="not a file of its own job"):
        nodes.do(nodes.run(endpoint_spec("wrong_outputs", how="outside"), sound))
    assert nodes.left(cluster) == []


def test_a_job_goes_to_the_node_that_is_warm(nodes: OnNodes, sound: Path) -> None:
    nodes.do(nodes.both())
    spec = endpoint_spec("well_behaved", endpoint_id="test/warm")
    pids = {told(nodes.do(nodes.run(spec, sound)))["pid"] for _ in range(4)}
    assert len(pids) == 1


def test_two_jobs_run_at_once_each_on_a_node(nodes: OnNodes, sound: Path) -> None:
    async def use() -> set[int]:
        await nodes.both()
        spec, begun = endpoint_spec("well_behaved", endpoint_id="test/pair", seconds="2"), list[float]()
        jobs = [
            asyncio.create_task(nodes.run(spec, sound, started=lambda: begun.append(time.monotonic())))
            for _ in range(2)
        ]
        await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
        assert len(begun) == 2, "the second began before the first had ended"
        return {told(one)["pid"] for one in await asyncio.gather(*jobs)}

    nodes.do(use())  # both are warm now
    assert len(nodes.do(use())) == 2


def test_a_models_files_come_once_to_a_node_and_it_reads_no_others(
    nodes: OnNodes, cluster: TwoNodes, sound: Path, tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").write_text("mine")
    (tmp_path / "secret").write_text("not mine")
    paths = [str(tmp_path / "model" / "weights"), str(tmp_path / "secret")]
    spec = replace(endpoint_spec("reads_paths", LABELS, paths=json.dumps(paths)), reads=(str(tmp_path / "model"),))
    (labels,) = nodes.do(nodes.run(spec, sound))
    assert isinstance(labels, LabelList) and [one.label for one in labels.labels] == ["mine", "closed"]

    def kept() -> set[tuple[int, int]]:
        files = [path for home in cluster.homes for path in (home / "node" / "contents").glob("*")]
        return {(path.stat().st_ino, path.stat().st_mtime_ns) for path in files if path.read_text() == "mine"}

    first = kept()
    nodes.do(nodes.run(spec, sound))
    assert len(first) == 1 and kept() == first


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda path: path.write_text("more"), "A file changed on its way between the server and a node; try again."),
        (lambda path: path.write_text("x"), "A file changed on its way between the server and a node; try again."),
        (lambda path: path.write_text("longer"), "A file changed on its way between the server and a node; try again."),
        (Path.unlink, "A file of the model cannot be read: No such file or directory."),
    ],
    ids=["changed", "shorter", "longer", "gone"],
)
def test_a_model_that_changes_on_its_way_is_told(
    change: Callable[[Path], object],
    sentence: str,
    nodes: OnNodes,
    cluster: TwoNodes,
    sound: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weights, manifests = tmp_path / "model" / "weights", nodes.backend._manifests
    weights.parent.mkdir()
    weights.write_text("told")
    spec = endpoint_spec("reads_paths", LABELS, paths=json.dumps([str(weights)]), endpoint_id=f"test/{tmp_path.name}")
    spec = replace(spec, reads=(str(weights.parent),))

    def listed_and_changed(asked: EndpointSpec) -> Manifest:
        made: Manifest = type(manifests).of(manifests, asked)
        change(weights)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(manifests, "of", listed_and_changed)
        with pytest.raises(WorkerError) as caught:
            nodes.do(nodes.run(spec, sound), 30)
    assert caught.value.message == sentence
    contents = [path for home in cluster.homes for path in (home / "node" / "contents").glob("*")]
    assert not [path for path in contents if not re.fullmatch("[0-9a-f]{64}", path.name)], "no half file"
    weights.write_text("what it says now")
    (labels,) = nodes.do(nodes.run(spec, sound))
    assert isinstance(labels, LabelList) and [one.label for one in labels.labels] == ["what it says now"]


def test_a_model_sees_nothing_of_the_cluster(nodes: OnNodes, sound: Path) -> None:
    nodes.do(nodes.both())
    supervisor = f"/proc/{nodes.stationed[0].pid}/environ"
    assert os.environ["RAY_AUTH_TOKEN"] in Path(supervisor).read_text()
    (session,) = (str(path) for path in Path(os.environ["RAY_TMPDIR"]).glob("ray/session_2*"))
    targets = {"server": os.getpid(), "read": ["/etc/passwd", supervisor], "list": ["/", session, f"{session}/sockets"]}
    targets |= {"write": [str(sound)], "make": ["/tmp", f"{session}/sockets"]}
    answers = told(nodes.do(nodes.run(endpoint_spec("native_probe", targets=json.dumps(targets)), sound)))
    assert [name for name, answer in answers["answers"].items() if not answer] == []
    seen = answers["seen"]
    assert "RAY" not in seen["environment"].upper() and "token" not in seen["environment"].lower()
    assert not [name for name in seen["variables"] if "RAY" in name.upper()]
    assert not any("ray" in argument for argument in seen["arguments"])


def test_a_cancel_ends_the_computing(nodes: OnNodes, cluster: TwoNodes, sound: Path) -> None:
    """In native code that never comes back."""

    async def use() -> float:
        computes = asyncio.Event()
        spec = endpoint_spec("native_loop")
        job = asyncio.create_task(nodes.run(spec, sound, progress=lambda fraction, said="": computes.set()))
        await asyncio.wait_for(computes.wait(), 60)
        workers = [
            child
            for one in nodes.stationed
            for child in psutil.Process(one.pid).children(recursive=True)
            if child.cpu_times().user > 0.2 and exists(child.pid)
        ]
        begun = time.monotonic()
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        took = time.monotonic() - begun
        assert workers
        return took

    assert nodes.do(use()) < 2.0
    assert nodes.left(cluster) == []
    assert all(one.running == 0 for one in nodes.stationed)


def test_the_census_tells_of_each_node(nodes: OnNodes, sound: Path) -> None:
    async def use() -> None:
        await nodes.both()
        await nodes.run(endpoint_spec("well_behaved", endpoint_id="test/counted"), sound)
        await nodes.until(lambda: sum(one.census.idle for one in nodes.backend.census().nodes) > 0)

    nodes.do(use())
    census = nodes.backend.census()
    assert len({one.name for one in census.nodes}) == 2 and all(one.jobs == 1 for one in census.nodes)
    assert census.idle >= sum(one.census.idle for one in census.nodes) and census.memory > 0
    assert nodes.backend.capacity() == 2
    assert nodes.do(nodes.backend.obstacle()) == ""
