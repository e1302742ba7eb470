"""What runs on a node, without Ray."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.backends.ray_cluster.running import Running
from app.backends.ray_cluster.supervisor import Supervisor


def test_a_fault_of_our_own_ends_a_job_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Else whoever follows it would wait for ever."""
    supervisor: Any = object.__new__(Supervisor)  # a real one takes its whole process for itself

    async def fails(*_: object) -> None:
        raise ZeroDivisionError

    async def use() -> None:
        supervisor._outputs = fails
        running = Running(SimpleNamespace(id="job1"), tmp_path)  # type: ignore[arg-type]
        supervisor._jobs = {"job1": running}
        await supervisor._run(running)
        kind, told = await supervisor.follow("job1", 0)
        assert (kind, told["version"]) == ("ok", 1)
        assert told["outcome"] == {
            "error": "WorkerError",
            "message": "A node of the cluster failed at this job; its log says how.",
        }

    with caplog.at_level(logging.ERROR):
        asyncio.run(use())
    assert "ZeroDivisionError" in caplog.text
