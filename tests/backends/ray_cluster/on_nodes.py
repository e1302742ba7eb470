"""A backend on a cluster, or on this machine, and the loop that it lives in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from app.backends.base import JobRequest
from app.backends.local import LocalBackend
from app.backends.ray_cluster.backend import RayBackend
from app.config import Settings
from app.endpoint import EndpointSpec, FileOutput, Outputs, TrackFile
from app.harp.controls import ControlValue
from tests.ray_cluster import TwoNodes

Value = TypeVar("Value")


class OnNodes:
    """A backend and the loop that it lives in."""

    def __init__(self, home: Path, address: str = "", idle: float = 60.0, **settings: Any) -> None:
        self.home = home
        given = {"device": "cpu", "threads": 1, "workers": 1, **settings}
        if address:
            given = {"ray_address": address, "ray_min": 2, "ray_max": 2, **given}
            self.backend: Any = RayBackend(Settings(home=home, **given), idle)
        else:
            self.backend = LocalBackend(Settings(home=home, **given))
        self.loop = asyncio.new_event_loop()
        self.number = 0

    def __enter__(self) -> OnNodes:
        try:
            self.do(self.backend.start())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self.backend.close())
        self.loop.close()

    def do(self, work: Coroutine[Any, Any, Value], seconds: float = 240.0) -> Value:
        """Run something in the loop, for so long at most."""
        return self.loop.run_until_complete(asyncio.wait_for(work, seconds))

    async def run(
        self,
        spec: EndpointSpec,
        sound: Path,
        started: Callable[[], None] = lambda: None,
        progress: Callable[..., None] = lambda fraction, said="": None,
        internal: bool = False,
        **controls: ControlValue,
    ) -> Outputs:
        self.number += 1
        folder = self.home / "jobs" / str(self.number)
        folder.mkdir(parents=True)
        track = TrackFile(sound, "take 1.wav")
        request = JobRequest(f"job{self.number}", spec, (track,), controls, folder, caller="me", internal=internal)
        return await self.backend.run(request, started, progress)

    async def until(self, happened: Callable[[], bool], seconds: float = 60.0) -> None:
        async def wait() -> None:
            while not happened():  # noqa: ASYNC110
                await asyncio.sleep(0.02)

        await asyncio.wait_for(wait(), seconds)

    @property
    def stationed(self) -> list[Any]:
        """The supervisors that take jobs."""
        stationed: list[Any] = self.backend._fleet.stationed
        return stationed

    async def both(self) -> None:
        """Wait until both nodes take jobs."""
        await self.until(lambda: len(self.stationed) == 2)

    def left(self, cluster: TwoNodes) -> list[Path]:
        """The files of jobs that lie on a node."""
        return [path for home in cluster.homes for path in (home / "node" / "jobs").glob("run-*/*/*")]


def content(outputs: Outputs) -> list[bytes]:
    """What a job's files hold."""
    return [output.path.read_bytes() for output in outputs if isinstance(output, FileOutput)]


def told(outputs: Outputs) -> Any:
    """What a job's first file holds, as JSON."""
    return json.loads(content(outputs)[0])
