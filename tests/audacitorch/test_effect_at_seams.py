"""Long regions through the worker's endpoint: what is heard where chunks meet.

A click is a second difference (the curvature of the waveform) near a seam that is greater than any in the sound around
it; a level step is a change, from one stretch of 50 ms to the next, of how loud the result is for its input.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from app.audacitorch.effect import AudacitorchEffect
from app.audacitorch.inference.chunks import effect_plan
from app.audacitorch.inference.whole import WholeForward
from app.audacitorch.loading import load_model
from app.audacitorch.profile import write_profile
from app.audacitorch.trial.dependence import agreement
from app.audacitorch.trial.inspection import inspect_model
from app.audio.stream import StreamPlan
from tests.audacitorch.models import EFFECT, RATE, Watch, read, region, save
from tests.audacitorch.networks import (
    Convolution,
    LoudnessNormalised,
    Masking,
    Mono,
    PeakNormalised,
    Recurrent,
    SpectralGate,
    Standardised,
    Tremolo,
)

CLICK = 1.1
"""Curvature near a seam, in times the greatest around it."""
LEVEL_STEP = 0.1
"""Decibels from one stretch to the next."""
STRETCH = RATE // 20


def remembering() -> Recurrent:
    return Recurrent(remembering=True)


def effect_with_chunks(network: nn.Module, seconds: float, folder: Path) -> tuple[AudacitorchEffect, StreamPlan]:
    """The endpoint as calibrated, but for chunks so short that a region has many; and its plan for a long region."""
    save(Mono(network), EFFECT, folder)
    profile = inspect_model(folder)
    assert profile.calibration is not None
    calibration = replace(profile.calibration, chunk=round(seconds * RATE), whole=0)
    write_profile(folder / "profile.json", replace(profile, calibration=calibration), folder)
    effect = AudacitorchEffect("some/effect", str(folder), str(folder / "profile.json"))
    effect.setup("cpu")
    return effect, effect_plan(10**9, RATE, calibration, profile.seconds)


def result_of(effect: AudacitorchEffect, x: np.ndarray, folder: Path) -> np.ndarray:
    return result_and_notice(effect, x, folder)[0]


def result_and_notice(effect: AudacitorchEffect, x: np.ndarray, folder: Path) -> tuple[np.ndarray, str]:
    (output,) = effect.process(region(folder, x), {"channels": "Keep stereo", "wet": 100.0}, Watch())
    return read(output.path), output.notice


def seams(plan: StreamPlan, samples: int) -> list[int]:
    """The middles of the cross-fades."""
    return [s + plan.before + plan.overlap // 2 for s in range(plan.hop, samples - plan.chunk, plan.hop)]


def uneven_tone(seconds: float) -> np.ndarray:
    """A tone with a swell of 12 dB every 13 s: chunks of 5 to 10 s differ in peak and loudness."""
    t = np.arange(round(seconds * RATE)) / RATE
    swell = 1 + 3 * np.exp(-0.5 * ((t % 13 - 6.5) / 0.3) ** 2)
    return (0.1 * swell * np.sin(2 * np.pi * 220 * t))[None].astype(np.float32)


def clicks(y: np.ndarray, places: list[int]) -> list[float]:
    """For each place, the greatest curvature within 0.1 s, over the greatest within 2 s but not there."""
    curvature = np.abs(np.diff(y[0].astype(np.float64), 2))
    near, around = RATE // 10, 2 * RATE
    return [
        curvature[at - near : at + near].max()
        / max(curvature[at - around : at - near].max(), curvature[at + near : at + around].max())
        for at in places
    ]


def level_steps(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Changes of the gain from input to output from one stretch to the next, in dB."""
    whole = x.shape[1] // STRETCH * STRETCH
    levels = [
        10 * np.log10(np.mean(sound[0, :whole].astype(np.float64).reshape(-1, STRETCH) ** 2, axis=1))
        for sound in (x, y)
    ]
    return np.diff(levels[1] - levels[0])


@pytest.mark.parametrize("network", [PeakNormalised, LoudnessNormalised, Standardised, remembering, Tremolo])
def test_no_click_where_chunks_of_an_unbounded_model_meet(tmp_path, network):
    torch.manual_seed(5)
    effect, plan = effect_with_chunks(network(), 5, tmp_path / "model")
    x = uneven_tone(60)
    y = result_of(effect, x, tmp_path)
    assert y.shape == x.shape
    places = seams(plan, x.shape[1])
    assert len(places) > 12
    assert max(clicks(y, places)) < CLICK


@pytest.mark.parametrize(
    "network",
    [
        PeakNormalised,
        LoudnessNormalised,
        lambda: Masking(16, normalised=True),
        pytest.param(remembering, marks=pytest.mark.slow),
    ],
)
def test_no_level_step_where_chunks_meet(tmp_path, network):
    torch.manual_seed(5)
    # As in a real plan, two seconds of cross-fade; here every 16 s.
    effect, plan = effect_with_chunks(network(), 20, tmp_path / "model")
    x = uneven_tone(180)
    steps = np.abs(level_steps(x, result_of(effect, x, tmp_path)))
    # Models that are not linear change the level of a swell themselves.
    places = [at for at in seams(plan, x.shape[1]) if abs(at / RATE % 13 - 6.5) > 2.5]
    assert len(places) > 4
    around = (plan.overlap // 2 + RATE // 4) // STRETCH
    assert max(steps[at // STRETCH - around : at // STRETCH + around].max() for at in places) < LEVEL_STEP


@pytest.mark.parametrize("network", [PeakNormalised, LoudnessNormalised])
def test_a_normalised_region_has_one_gain(tmp_path, network):
    """Quiet and loud stretches keep their proportion, over a pause that spans a seam, too."""
    effect, plan = effect_with_chunks(network(), 5, tmp_path / "model")
    x = uneven_tone(60) * np.repeat([1, 0.1, 0.5, 1, 0.05, 1], 10 * RATE).astype(np.float32)
    pause = seams(plan, x.shape[1])[3]
    x[:, pause - RATE // 4 : pause + RATE // 4] = 0
    y = result_of(effect, x, tmp_path)
    heard = np.abs(x) > 0.004
    gain = 20 * np.log10(np.abs(y[heard] / x[heard]))
    assert np.ptp(gain) < LEVEL_STEP


@pytest.mark.parametrize(
    "network", [nn.Identity, lambda: Convolution(3000, 200), lambda: Masking(16), lambda: SpectralGate(512, 128)]
)
@pytest.mark.parametrize("samples", [20_001, 41_234, 123_457])
def test_chunks_of_a_bounded_model_are_the_whole_within_80_db(tmp_path, network, samples):
    torch.manual_seed(6)
    effect, plan = effect_with_chunks(network(), 2.5, tmp_path / "model")
    assert plan.chunk <= 20_000
    x = np.random.default_rng(samples).uniform(-0.5, 0.5, (1, samples)).astype(np.float32)
    whole = WholeForward(load_model(tmp_path / "model", "cpu"), torch.device("cpu"))(x)
    assert agreement(whole, result_of(effect, x, tmp_path)) > 80


def quiet_then_loud(seconds: float) -> np.ndarray:
    """Noise that is 20 dB louder in its last third."""
    samples = round(seconds * RATE)
    gain = np.where(np.arange(samples) < 2 * samples // 3, 0.1, 1.0)
    return (gain * np.random.default_rng(8).uniform(-0.5, 0.5, samples))[None].astype(np.float32)


STANDARDISING = [PeakNormalised, LoudnessNormalised, Standardised]


@pytest.mark.parametrize("network", STANDARDISING)
def test_a_region_of_100_s_is_one_call_of_a_model_that_standardises(tmp_path, network):
    save(Mono(network()), EFFECT, tmp_path / "model")
    profile = inspect_model(tmp_path / "model")
    write_profile(tmp_path / "model" / "profile.json", profile, tmp_path / "model")
    effect = AudacitorchEffect("some/effect", str(tmp_path / "model"), str(tmp_path / "model" / "profile.json"))
    effect.setup("cpu")
    assert "Its result goes by the whole region; you are told where that is too long" in effect.card.description
    x = quiet_then_loud(100)
    whole = WholeForward(load_model(tmp_path / "model", "cpu"), torch.device("cpu"))(x)
    result, notice = result_and_notice(effect, x, tmp_path)
    assert np.array_equal(result, whole)
    assert notice == ""


@pytest.mark.parametrize("network", STANDARDISING)
def test_parts_of_a_region_too_long_for_a_model_that_standardises_have_the_level_of_the_whole(tmp_path, network):
    effect, plan = effect_with_chunks(network(), 20, tmp_path / "model")
    # Behind each part there is room for three times as much, unless its level is all that changes.
    seconds = 5 if network is Standardised else 20
    assert plan.chunk == seconds * RATE
    x = quiet_then_loud(60)
    whole = WholeForward(load_model(tmp_path / "model", "cpu"), torch.device("cpu"))(x)
    result, notice = result_and_notice(effect, x, tmp_path)
    assert agreement(whole, result) > 60
    assert notice == (
        "This model goes by the whole region, which was too long for it: it was given in parts of "
        f"{seconds} s, each at the level of the whole."
    )


def test_the_user_is_told_where_parts_may_not_fit_together(tmp_path):
    unsure = (
        "This model goes by the whole region, which was too long for it: it was given in parts of 5 s, and the result "
        "may change, in level too, where they meet; process shorter regions to avoid that."
    )
    torch.manual_seed(5)
    for network, seconds in ((Masking(16, normalised=True), 5), (Tremolo(), 5), (Standardised(), 20)):
        folder = tmp_path / type(network).__name__
        effect, _ = effect_with_chunks(network, seconds, folder)
        # All that is loud in one part: what would have to follow it does not fit.
        x = np.concatenate([quiet_then_loud(60)[:, : 39 * RATE], quiet_then_loud(60)[:, -5 * RATE :]], axis=1)
        assert result_and_notice(effect, x, folder)[1] == unsure
        (folder / "short").mkdir()
        assert result_and_notice(effect, x[:, : 4 * RATE], folder / "short")[1] == ""
    effect, _ = effect_with_chunks(Convolution(300, 20), 5, tmp_path / "bounded")
    assert result_and_notice(effect, x, tmp_path / "bounded")[1] == ""


def test_the_same_region_gives_the_same_result(tmp_path):
    torch.manual_seed(7)
    effect, _ = effect_with_chunks(Masking(16, normalised=True), 5, tmp_path / "model")
    x = uneven_tone(20)
    first = result_of(effect, x, tmp_path)
    result_of(effect, x[:, :77_777] * 0.3, tmp_path / "model")
    (tmp_path / "again").mkdir()
    assert np.array_equal(first, result_of(effect, x, tmp_path / "again"))
