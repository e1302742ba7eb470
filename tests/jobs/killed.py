"""``python -m tests.jobs.killed FOLDER``: a server's job, and the same once more, killed at one step further each time.

Afterwards another server starts over the same folder. Prints one JSON object for each kill: the files of the jobs that
are left, and whether what the next server brings for the same is whole.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.backends.base import Census
from app.config import Settings
from app.endpoint import FileOutput, TrackFile
from app.harp.labels import LabelList
from app.jobs.job import Caller
from app.jobs.service import JobService
from app.registry import Registry
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.killing import killed_at

STEPS = tuple(f"app/jobs/{name}.py" for name in ("service", "making", "repeats", "unfinished", "origin", "expiry"))
SPEC = replace(spec(Mirror, "test/mirror"), repeatable=True)
CONTENT = b"RIFF" + bytes(2000)


class Writer:
    """A backend that writes two files, in the server's own process."""

    async def start(self) -> None:
        pass

    async def run(self, request: Any, started: Any, progress: Any) -> Any:
        started()
        made = []
        for name in ("left", "right"):
            path = request.folder / f"{name}.bin"
            path.write_bytes(CONTENT)
            made.append(FileOutput(path, name))
        return (*made, LabelList())

    async def forget(self, endpoint_id: str) -> None:
        pass

    async def obstacle(self) -> str:
        return ""

    def capacity(self) -> int:
        return 1

    def census(self) -> Census:
        return Census()

    async def close(self) -> None:
        pass


async def serve(home: Path, sound: Path) -> list[bytes]:
    """Start, run a job and the same once more, and end; return what they brought."""
    registry = Registry()
    registry.add(SPEC)
    service = JobService(Writer(), registry, Settings(home=home))
    await service.start()
    brought = []
    for _ in range(2):
        job = service.submit("test/mirror", Caller("local"), [TrackFile(sound, "a.wav")], {"wet": 0.5})
        brought += [item.path.read_bytes() for item in await job.result() if isinstance(item, FileOutput)]
    await service.close()
    return brought


def left(home: Path) -> list[list[list[Any]]]:
    """Return name and wholeness of each file of each job."""
    folders = [folder for folder in (home / "work" / "jobs").glob("*") if folder.is_dir()]
    return [[[file.name, file.read_bytes() == CONTENT] for file in sorted(folder.iterdir())] for folder in folders]


def main(top: Path) -> None:
    """Kill it at every step, until it comes to its end."""
    sound = top / "a.wav"
    sound.write_bytes(bytes(100))
    home, step = top / "home", 0
    while True:
        was_killed = killed_at(step, lambda: asyncio.run(serve(home, sound)), STEPS)
        after = asyncio.run(serve(home, sound))
        print(json.dumps({"left": left(home), "whole": after == [CONTENT] * 4}), flush=True)
        if not was_killed:
            return
        shutil.rmtree(home)
        step += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
