"""A server on a cluster that ends: what runs is let end within its time, and no process stays on a node."""

from __future__ import annotations

import contextlib
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from tests.fixtures.specs import exists
from tests.ray_cluster import TwoNodes
from tests.server.harp import begin, call, fetch, upload
from tests.server.running import RunningServer, run_server

pytestmark = pytest.mark.slow
BUSY = re.compile(r'^harpist_\w+\{.*"busy"\} 1\.0$', re.MULTILINE)


def on_nodes(cluster: TwoNodes) -> set[int]:
    """The supervisors on the nodes, and every process of theirs."""
    homes, found = {str(home) for home in cluster.homes}, set()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if "ray::Supervisor" in " ".join(process.cmdline()) and process.environ().get("HARPIST_HOME") in homes:
                found |= {process.pid, *(child.pid for child in process.children(recursive=True))}
    return found


def wait_for_their_end(pids: set[int]) -> None:
    deadline = time.monotonic() + 20
    while any(exists(pid) for pid in pids):
        assert time.monotonic() < deadline, "a process was left on a node"
        time.sleep(0.1)


@contextmanager
def running(cluster: TwoNodes, home: Path, grace: float) -> Iterator[RunningServer]:
    flags = ["--metrics", "--backend", "ray", "--ray-address", cluster.address, "--ray-max", "1", "--grace", str(grace)]
    with run_server(home, *flags, module="tests.server.sinners") as server:
        yield server


def job(server: RunningServer, name: str, sound: Path) -> str:
    """Begin a job, and wait until it computes."""
    base = server.model(f"test/{name}")
    event = begin(base, "process", [upload(base, sound)])
    deadline = time.monotonic() + 60
    while not BUSY.search(told := httpx.get(f"{server.url}/metrics", timeout=10).text):
        assert time.monotonic() < deadline, told
        time.sleep(0.05)
    return event


def test_an_order_to_end_lets_jobs_on_nodes_end(cluster: TwoNodes, sound: Path, tmp_path: Path) -> None:
    with running(cluster, tmp_path / "home", 60) as server:
        base = server.model("test/three_seconds")
        assert call(base, "process", [upload(base, sound)])[0] == "complete"
        event, answers = job(server, "three_seconds", sound), list[tuple[str, object]]()
        reader = threading.Thread(target=lambda: answers.append(fetch(event)), daemon=True)
        reader.start()
        processes = on_nodes(cluster)
        assert len(processes) > 2
        server.process.send_signal(signal.SIGTERM)
        reader.join(30)
        assert answers[0][0] == "complete", (answers, server.lines)
        kind, (output,) = answers[0]
        assert kind == "complete" and httpx.get(output["url"], timeout=10).status_code == 200
        assert server.process.wait(30) == 0
        wait_for_their_end(processes)
        assert not any("Traceback" in line for line in server.lines), "\n".join(server.lines)
    assert not on_nodes(cluster)
    assert [path for home in cluster.homes for path in (home / "node" / "jobs").glob("run-*")] == []


def test_a_job_that_takes_longer_is_ended(cluster: TwoNodes, sound: Path, tmp_path: Path) -> None:
    with running(cluster, tmp_path / "home", 2) as server:
        event, processes = job(server, "minute", sound), on_nodes(cluster)
        server.process.send_signal(signal.SIGTERM)
        assert fetch(event) == ("error", {"error": "The server was stopped."})
        assert server.process.wait(30) == 0
        wait_for_their_end(processes)
    assert not on_nodes(cluster)


def test_a_server_that_is_killed_leaves_no_process_on_a_node(cluster: TwoNodes, sound: Path, tmp_path: Path) -> None:
    with running(cluster, tmp_path / "home", 60) as server:
        job(server, "minute", sound)
        processes = on_nodes(cluster)
        server.process.kill()
        server.process.wait(10)
        wait_for_their_end(processes)
    with running(cluster, tmp_path / "again", 60) as server:
        base = server.model("test/well_behaved")
        assert call(base, "process", [upload(base, sound)])[0] == "complete"
        assert len([path for home in cluster.homes for path in (home / "node" / "jobs").glob("run-*")]) <= 1
