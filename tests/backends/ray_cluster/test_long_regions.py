"""A long region on its way to a node and back: it is never whole in any process's memory."""

from __future__ import annotations

import random
import time
from pathlib import Path

import psutil
import pytest

from app.backends.ray_cluster.blocks import digest_of
from app.endpoint import FileOutput
from benchmarks.own_memory import watched
from tests.backends.ray_cluster.on_nodes import OnNodes
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.fixtures.specs import wav
from tests.ray_cluster import TwoNodes

pytestmark = pytest.mark.slow
MINUTE = 60 * 44100 * 2
"""Bytes of sound."""


def test_memory_does_not_grow_with_a_region(cluster: TwoNodes, tmp_path: Path) -> None:
    def peaks(minutes: int) -> dict[str, int]:
        path = tmp_path / f"{minutes}.wav"
        path.write_bytes(wav(random.Random(minutes).randbytes(MINUTE) * minutes))
        sent = digest_of(path)
        pids = {"head": psutil.Process().pid, "supervisor": nodes.stationed[0].pid, **cluster.raylets()}
        time.sleep(2.0)  # what this made of the sound is gone
        with watched(pids) as found:
            outputs = nodes.do(nodes.run(spec(Mirror, "test/mirror"), path), 300)
        came = [output.path for output in outputs if isinstance(output, FileOutput)]
        assert [digest_of(one) for one in came] == [sent, sent]
        for one in (path, *came):
            one.unlink()
        return found

    with OnNodes(tmp_path / "home", cluster.address, ray_min=1, ray_max=1, job_timeout=300.0) as nodes:
        for _ in range(2):
            short = peaks(2)
        long = peaks(20)
    grown = {name: (long[name] - peak) / 2**20 for name, peak in short.items()}
    assert len(grown) == 4 and all(short.values())
    assert max(grown.values()) < 48, f"MiB, where 18 minutes more are 91 MiB, three times: {grown}"
