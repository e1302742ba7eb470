"""What runs the jobs of tests that are run a second time on a cluster: ``make test-ray``."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from app.backends.base import Backend
from app.config import Settings
from app.main import chosen_backend
from tests.ray_cluster import ADDRESS, HOMES

ON_RAY = ADDRESS in os.environ


def backend_under_test(settings: Settings) -> Backend:
    """Return the local backend, or that of the cluster, with as many nodes as there would be workers."""
    return chosen_backend(replace(settings, **_changes(settings.workers)) if ON_RAY else settings)


def in_environment(workers: int = 2) -> dict[str, str]:
    """Return what a server in a process of its own is told by its environment."""
    return {f"HARPIST_{name.upper()}": str(value) for name, value in _changes(workers).items()} if ON_RAY else {}


def worker_pids(backend: Any) -> set[int]:
    """Return the processes that hold callers' endpoints; of a cluster, all that were forked for a supervisor."""
    if not ON_RAY:
        return {member.pid for member in backend._pool.members}
    supervisors = [psutil.Process(one.pid) for one in backend._fleet.stationed]
    children = [(one.pid, child) for one in supervisors for child in one.children(recursive=True)]
    return {child.pid for pid, child in children if child.ppid() != pid}


def works(home: Path) -> list[Path]:
    """Return the folders in which workers' files lie, of a server with this home folder."""
    homes = [Path(node) / "node" for node in json.loads(os.environ[HOMES])] if ON_RAY else []
    return [one / "work" / "workers" for one in (home, *homes)]


def _changes(workers: int) -> dict[str, object]:
    return {"backend": "ray", "ray_address": os.environ[ADDRESS], "ray_max": workers}
