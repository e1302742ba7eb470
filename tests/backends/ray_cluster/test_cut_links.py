"""A node whose network is cut in mid-job: nothing closes its connections, and nobody says that it is gone.

The node is a network namespace of its own, at the other end of a virtual cable.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.backends.ray_cluster.on_nodes import OnNodes, content
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.server.running import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0 or shutil.which("ip") is None,
        reason="network namespaces need Linux, root and ip",
    ),
]
MIRROR = spec(Mirror, "test/mirror")
HERE, THERE = "10.213.0.1", "10.213.0.2"


class Cable:
    """A virtual cable from here into a network namespace."""

    def __init__(self) -> None:
        self.space = f"harp{secrets.token_hex(4)}"
        self.end = f"{self.space}a"

    def lay(self) -> None:
        other = f"{self.space}b"
        _ip("netns", "add", self.space)
        _ip("link", "add", self.end, "type", "veth", "peer", "name", other, "netns", self.space)
        _ip("addr", "add", f"{HERE}/30", "dev", self.end)
        _ip("link", "set", self.end, "up")
        _ip("-n", self.space, "addr", "add", f"{THERE}/30", "dev", other)
        for device in (other, "lo"):
            _ip("-n", self.space, "link", "set", device, "up")

    def cut(self) -> None:
        _ip("link", "set", self.end, "down")

    def remove(self) -> None:
        for what in (("link", "del", self.end), ("netns", "del", self.space)):
            subprocess.run(["ip", *what], check=False, capture_output=True)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


def start(folder: Path, *arguments: str, inside: str = "") -> subprocess.Popen[bytes]:
    """Run ``ray start`` with these arguments, in a network namespace if one is named."""
    folder.mkdir()
    how = ["-m", "ray.scripts.scripts", "start", "--block", "--num-cpus", "1", "--object-store-memory", str(80 << 20)]
    rules = {"RAY_TMPDIR": str(folder), "HARPIST_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}
    rules |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_memory_monitor_refresh_ms": "0"}
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [*(["ip", "netns", "exec", inside] if inside else []), sys.executable, *how, *arguments],
            env={**os.environ, **rules},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def end(folder: Path) -> None:
    """End what was started with a folder below this one."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("RAY_TMPDIR", "").startswith(f"{folder}/"):
                process.kill()


def _answers(port: int) -> bool:
    with socket.socket() as knocking:
        return knocking.connect_ex((HERE, port)) == 0


@contextlib.contextmanager
def far_node() -> Iterator[tuple[str, Cable]]:
    """Start a cluster of a node here and one at the other end of a cable; gives its address, and the cable."""
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    os.environ["RAY_AUTH_MODE"] = "token"
    cable, folder = Cable(), Path(tempfile.mkdtemp(prefix="r", dir="/tmp"))
    started: list[subprocess.Popen[bytes]] = []
    try:
        cable.lay()
        with socket.socket() as free:
            free.bind((HERE, 0))
            port = free.getsockname()[1]
        started.append(
            start(
                folder / "here", "--head", "--node-ip-address", HERE, "--port", str(port), "--include-dashboard=false"
            )
        )
        deadline = time.monotonic() + 60
        while not _answers(port):
            assert time.monotonic() < deadline, (folder / "here" / "log").read_text()
            time.sleep(0.2)
        address = f"{HERE}:{port}"
        started.append(start(folder / "there", "--address", address, "--node-ip-address", THERE, inside=cable.space))
        yield address, cable
    finally:
        end(folder)
        for process in started:
            process.wait(30)
        cable.remove()
        shutil.rmtree(folder, ignore_errors=True)


def test_a_node_whose_link_is_cut_costs_half_a_minute_and_no_job(sound: Path, tmp_path: Path) -> None:
    took: dict[str, float] = {}

    async def use() -> None:
        await nodes.both()
        await asyncio.gather(*(nodes.run(MIRROR, sound, seconds=1.0) for _ in range(2)))  # both are warm
        begun = time.monotonic()

        async def job(name: str) -> None:
            assert content(await nodes.run(MIRROR, sound, seconds=6.0)) == [sound.read_bytes()] * 2
            took[name] = time.monotonic() - begun

        jobs = asyncio.gather(job("one"), job("other"))
        await nodes.until(lambda: sum(one.census.busy for one in nodes.stationed) == 2)
        cable.cut()
        await asyncio.wait_for(jobs, 90)

    with far_node() as (address, cable), OnNodes(tmp_path / "home", address) as nodes:
        nodes.do(use(), 200)
        census = nodes.backend.census()
        assert sum(census.lost.values()) == 1 and census.retried == 1
    kept, lost = sorted(took.values())
    assert kept < 15, "the other node's job does not wait"
    assert lost < 60, str(took)
