"""A Ray cluster of two nodes on this machine: ``python -m tests.ray_cluster pytest …`` runs a command beside one.

Each node has a raylet, an object store and a home folder of its own, and one processor for Ray: so it runs one job at a
time, and a server that may run two needs both.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ADDRESS, HOMES = "TESTED_ON_RAY", "TESTED_ON_RAY_HOMES"
"""Environment variables by which tests know the cluster that :func:`beside` started: its address, its nodes' homes."""

_STORE = 80 << 20
"""Bytes of a node's object store, the least that Ray takes and a little."""


class TwoNodes:
    """The cluster; the server's process joins it at its first node, the head.

    Args:
        folder: where the nodes have their homes.
        store: bytes of each node's object store.
        pinned: each node computes on a core of its own, and on no other.
        spills: what has no room in an object store goes to the disk, as long as that has some.
    """

    def __init__(self, folder: Path, store: int = _STORE, *, pinned: bool = False, spills: bool = True) -> None:
        from ray.cluster_utils import Cluster

        self._folder, self._store, self._pinned = folder, store, pinned
        self._cluster = Cluster()
        self._homes: dict[Any, Path] = {}
        self._count = 0
        rules = {} if spills else {"automatic_object_spilling_enabled": False, "local_fs_capacity_threshold": 0.001}
        self.head = self.add(include_dashboard=False, _system_config=rules)
        self.second = self.add()

    @property
    def address(self) -> str:
        return str(self._cluster.address)

    @property
    def homes(self) -> list[Path]:
        """The nodes' homes."""
        return list(self._homes.values())

    def add(self, **options: Any) -> Any:
        """Start a node, and wait until the cluster knows it."""
        home = self._folder / f"node-{self._count}"
        self._count += 1
        with _environment({"HARPIST_HOME": str(home)}):
            node = self._cluster.add_node(num_cpus=1, object_store_memory=self._store, **options)
        self._homes[node] = home
        if self._pinned:
            cores = sorted(os.sched_getaffinity(0))
            for process in (info.process for infos in node.all_processes.values() for info in infos):
                os.sched_setaffinity(process.pid, {cores[(self._count - 1) % len(cores)]})
        return node

    def raylets(self) -> dict[str, int]:
        """The processes of Ray that each node's sound goes through, by the node's home."""
        return {home.name: self._raylet(node).pid for node, home in self._homes.items()}

    def kill_raylet(self, node: Any) -> None:
        """Kill a node's raylet, as by ``kill -9``."""
        raylet = self._raylet(node)
        os.kill(raylet.pid, signal.SIGKILL)
        raylet.wait()

    @staticmethod
    def _raylet(node: Any) -> Any:
        (raylet,) = (info.process for kind, infos in node.all_processes.items() if kind == "raylet" for info in infos)
        return raylet

    def forget(self, node: Any) -> None:
        """Clear away what is left of a node that was killed, its home too: no process will come and do so."""
        self._cluster.remove_node(node, allow_graceful=False)
        shutil.rmtree(self._homes.pop(node))

    def close(self) -> None:
        self._cluster.shutdown()


@contextlib.contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def two_nodes(store: int = _STORE, *, pinned: bool = False, spills: bool = True) -> Iterator[TwoNodes]:
    """Start a cluster (see :class:`TwoNodes`) that asks for a token, which is in the environment from then on."""
    with tempfile.TemporaryDirectory(prefix="r", dir="/tmp") as name:
        # Ray reads these once, when it is imported.
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"
        rules = {
            "RAY_TMPDIR": name,
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
            # Everything is on one machine, where others compute, too.
            "RAY_memory_monitor_refresh_ms": "0",
        }
        with _environment(rules):
            cluster = TwoNodes(Path(name), store, pinned=pinned, spills=spills)
            try:
                yield cluster
            finally:
                cluster.close()


def main(command: list[str]) -> int:
    """Run a command beside a cluster; returns its exit code."""
    with two_nodes() as cluster:
        told = {ADDRESS: cluster.address, HOMES: json.dumps([str(home) for home in cluster.homes])}
        return subprocess.run([sys.executable, "-m", *command], env={**os.environ, **told}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
