from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from torch import nn

from app.audacitorch.describe import describe, inspection_spec
from app.audacitorch.profile import read_profile
from app.backends.local import LocalBackend
from app.config import Settings
from app.endpoint import EndpointSpec, TrackFile
from app.errors import DeadlineError, ModelRunError, WorkerCrashError
from app.jobs import trial
from app.jobs.job import Caller
from app.jobs.service import JobService
from app.jobs.trial import try_model
from app.registry import Registry
from tests.audacitorch.models import EFFECT, RATE, save
from tests.fixtures.models.endless import Endless
from tests.fixtures.models.half import Half
from tests.fixtures.specs import endpoint_spec


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


def test_a_model_that_crashes_when_it_is_frozen_is_tried_and_run_as_it_is(tmp_path: Path, monkeypatch) -> None:
    folder, profile = save(Half(), EFFECT, tmp_path / "half"), tmp_path / "half.json"
    faulty = "tests.fixtures.endpoints.freezing_crashes"
    given: list[str] = []

    def spec(endpoint_id: str, folder: Path, unfrozen: str = "") -> EndpointSpec:
        given.append(unfrozen)
        return replace(inspection_spec(endpoint_id, folder, unfrozen), factory=f"{faulty}:Trial")

    monkeypatch.setattr(trial, "inspection_spec", spec)
    sound = TrackFile(tmp_path / "take.wav", "take.wav")
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, 4000).astype(np.float32)
    soundfile.write(sound.path, samples, RATE, subtype="FLOAT")

    async def act() -> np.ndarray:
        registry = Registry()
        service = await started(tmp_path, registry)
        try:
            await try_model(service, "me/half", folder, profile, 60.0)
            known = describe("me/half", folder, read_profile(profile, folder), profile_path=profile)
            registry.add(replace(known, factory=f"{faulty}:Model"))
            outputs = await service.submit("me/half", Caller("local"), (sound,), {}).result()
            return soundfile.read(outputs[0].path, dtype="float32")[0]
        finally:
            await service.close()

    assert np.allclose(asyncio.run(act()), 0.5 * samples, atol=1e-6)
    assert given == ["", "it ended its process when it was frozen"]
    found = read_profile(profile, folder)
    assert found is not None and found.unfrozen == given[1]


def test_a_model_that_crashes_either_way_says_so(tmp_path: Path, monkeypatch) -> None:
    folder = save(Half(), EFFECT, tmp_path / "half")
    monkeypatch.setattr(trial, "inspection_spec", lambda *_: endpoint_spec("segfault"))

    async def act() -> None:
        service = await started(tmp_path, Registry())
        try:
            with pytest.raises(WorkerCrashError, match="segmentation fault"):
                await try_model(service, "me/half", folder, tmp_path / "half.json", 60.0)
        finally:
            await service.close()

    asyncio.run(act())
    assert not (tmp_path / "half.json").exists()


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
