"""The bundled effects, as exported and calibrated: what chunks give is what the whole region gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audacitorch.inference.chunks import effect_plan
from app.audacitorch.loading import load_model
from app.audacitorch.profile import read_profile
from app.audacitorch.trial.calibration import chunked
from app.audacitorch.trial.dependence import agreement
from app.audacitorch.trial.timed_run import Trial


@pytest.mark.slow
@pytest.mark.parametrize("name", ["harmonic-percussive", "centre-extraction"])
def test_chunks_of_a_bundled_effect_are_the_whole_within_80_db(bundled_home: Path, name: str) -> None:
    folder = bundled_home / "bundled" / "harpist" / name
    profile = read_profile(folder / "profile.json", folder)
    assert profile is not None and profile.calibration is not None
    assert profile.calibration.bounded
    assert (profile.calibration.length, profile.calibration.delay) == ("same", 0)
    sound, rate = soundfile.read(folder / "example.wav", dtype="float32", always_2d=True)
    x = np.tile(sound.T, (1, 9))[:, : 45 * rate + 123]
    plan = effect_plan(x.shape[1], rate, profile.calibration, profile.seconds)
    assert plan.chunk < x.shape[1]
    trial = Trial(load_model(folder, "cpu"), profile.channels, rate, 600)
    assert agreement(trial.run(x), chunked(trial.run, x, plan)) > 80


def test_noise_reduction_gets_whole_regions_of_minutes(bundled_home: Path) -> None:
    """Its network remembers seconds, so no chunk holds the context: it hears a region of 4 minutes at once."""
    folder = bundled_home / "bundled" / "harpist" / "noise-reduction"
    profile = read_profile(folder / "profile.json", folder)
    assert profile is not None and profile.calibration is not None
    assert (profile.calibration.length, profile.calibration.delay) == ("same", 0)
    assert profile.calibration.depends == "everything"
    assert effect_plan(240 * 48000, 48000, profile.calibration, profile.seconds).chunk == 240 * 48000
    assert effect_plan(3600 * 48000, 48000, profile.calibration, profile.seconds).chunk == 60 * 48000
