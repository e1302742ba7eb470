from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from torch import nn

from app.audacitorch.profile import read_profile
from app.backends.local import LocalBackend
from app.config import Settings
from app.errors import DeadlineError, ModelRunError
from app.jobs.service import JobService
from app.jobs.trial import try_model
from app.registry import Registry
from tests.audacitorch.models import EFFECT, save
from tests.fixtures.models.endless import Endless
from tests.fixtures.models.half import Half


async def started(home: Path, registry: Registry) -> JobService:
    settings = Settings(home=home, job_timeout=0.5)  # which is for jobs: a trial has the time of loading
    service = JobService(LocalBackend(settings), registry, settings)
    await service.start()
    return service


def test_a_trial_keeps_what_it_learnt(tmp_path: Path) -> None:
    folder, profile = save(Half(), EFFECT, tmp_path / "half"), tmp_path / "profiles" / "half.json"

    async def act() -> None:
        service = await started(tmp_path, Registry())
        try:
            await try_model(service, "me/half", folder, profile, 60.0)
        finally:
            await service.close()

    asyncio.run(act())
    known = read_profile(profile, folder)
    assert known is not None and known.rows == 1 and not known.labels


def test_weights_of_another_type_than_the_sound_are_told(tmp_path: Path) -> None:
    folder = save(nn.Conv1d(1, 1, 1).half(), EFFECT, tmp_path / "halved")

    async def act() -> None:
        service = await started(tmp_path, Registry())
        try:
            with pytest.raises(
                ModelRunError, match=r"weights are float16 \(half\); its author should call \.float\(\)"
            ):
                await try_model(service, "me/halved", folder, tmp_path / "halved.json", 60.0)
        finally:
            await service.close()

    asyncio.run(act())
    assert not (tmp_path / "halved.json").exists()


def test_a_model_that_never_answers_is_given_up(tmp_path: Path) -> None:
    folder = save(Endless(), EFFECT, tmp_path / "endless")

    async def act() -> float:
        service = await started(tmp_path, Registry())
        try:
            start = time.monotonic()
            with pytest.raises(DeadlineError, match=r"trying it took longer than 3 s \(the setting load_timeout\)\.$"):
                await try_model(service, "me/endless", folder, tmp_path / "endless.json", 3.0)
            return time.monotonic() - start
        finally:
            await service.close()

    assert asyncio.run(act()) < 6.0
    assert not (tmp_path / "endless.json").exists()
