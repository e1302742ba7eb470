"""A model's file goes away or cannot be read: the job hears it, and the next one finds the model when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.backends.local import LocalBackend
from app.config import Settings
from app.endpoint import TrackFile
from app.errors import HarpistError
from app.jobs.job import Caller, JobState
from app.jobs.service import JobService
from app.registry import Registry
from tests.audacitorch.models import EFFECT, Gain, save

RATE = 16_000


class Site:
    def __init__(self, home: Path, service: JobService) -> None:
        self.service = service
        self.model = home / "model" / "model.pt"
        self.song = home / "song.wav"

    async def run(self) -> JobState:
        spec = self.service._registry.get("me/model")
        controls = {control.name: control.value for control in spec.controls}
        job = self.service.submit("me/model", Caller("me"), [TrackFile(self.song, "song.wav")], controls)
        await job.result()
        return job.update.state

    async def fails(self, words: str) -> None:
        with pytest.raises(HarpistError, match=words) as caught:
            await asyncio.wait_for(self.run(), 60)
        assert "/" not in caught.value.message
        assert "Traceback" not in caught.value.message


def on_site(home: Path, use: Callable[[Site], Awaitable[None]]) -> None:
    save(Gain(), EFFECT, home / "model")
    soundfile.write(home / "song.wav", np.zeros((RATE, 2)), RATE)

    async def main() -> None:
        settings = Settings(home=home, workers=1, warm=0, device="cpu")  # every job loads the model
        registry = Registry()
        registry.add_folder("me/model", home / "model")
        service = JobService(LocalBackend(settings), registry, settings)
        await service.start()
        try:
            await use(Site(home, service))
        finally:
            await service.close()

    asyncio.run(main())


def test_a_model_that_is_removed_and_comes_back(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        assert await site.run() is JobState.DONE
        away = site.model.rename(site.model.with_name("away"))
        await site.fails("model")
        away.rename(site.model)
        assert await site.run() is JobState.DONE

    on_site(tmp_path, use)


def test_a_model_that_cannot_be_read(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        content = site.model.read_bytes()
        for spoil in (
            lambda: site.model.write_bytes(b""),
            lambda: site.model.write_bytes(content[: len(content) // 2]),
            lambda: (site.model.unlink(), site.model.mkdir()),
            lambda: (site.model.rmdir(), site.model.symlink_to("/proc/self/mem")),
        ):
            spoil()
            await site.fails("model")
        site.model.unlink()
        site.model.write_bytes(content)
        assert await site.run() is JobState.DONE

    on_site(tmp_path, use)


def test_a_model_that_is_removed_while_it_runs(tmp_path: Path) -> None:
    async def use(site: Site) -> None:
        soundfile.write(site.song, np.zeros((RATE * 60, 2)), RATE)
        job = asyncio.create_task(site.run())
        while not any(worker.loaded for worker in site.service.backend._pool._busy):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        site.model.unlink()
        assert await job is JobState.DONE
        await site.fails("model")

    on_site(tmp_path, use)
