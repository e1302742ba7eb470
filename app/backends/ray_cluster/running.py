"""A job on its way, as the node has it that runs it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.backends.ray_cluster.blocks import Arriving
from app.backends.ray_cluster.node_job import NodeJob


@dataclass
class Running:
    """A job on its way.

    Attributes:
        job: as the server sent it.
        folder: its own on the node.
        arriving: input files that are coming, by number.
        inputs: those that have come.
        results: files that came of it.
        changed: notified whenever something below is another.
        version: counts that.
        started: it computes.
        fraction: of its work that is done, 0 to 1.
        said: what it is at.
        outcome: how it ended; ``None`` before.
        bundle: the folder with its endpoint's files.
        held: what is let go of when it is over.
        task: in which it runs.
    """

    job: NodeJob
    folder: Path
    arriving: dict[int, Arriving] = field(default_factory=dict)
    inputs: dict[int, Path] = field(default_factory=dict)
    results: list[Path] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    version: int = 0
    started: bool = False
    fraction: float = 0.0
    said: str = ""
    outcome: dict[str, Any] | None = None
    bundle: str = ""
    held: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    task: asyncio.Task[None] | None = None

    async def notify(self) -> None:
        """Tell whoever follows that something has changed."""
        async with self.changed:
            self.changed.notify_all()
