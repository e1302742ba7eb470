"""Sources at known places between the loudspeakers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.bundled.effect_examples import chords, melody
from tests.endpoints.bundled.exported import Effect, as_tensor, level, sdr


@pytest.fixture(scope="module")
def effect() -> Effect:
    return Effect("centre_extraction")


def panned(sound: np.ndarray, place: float) -> torch.Tensor:
    """Stereo at constant power; -1 is left, 0 the centre, 1 right."""
    angle = (place + 1) * np.pi / 4
    return as_tensor(np.stack([sound * np.cos(angle), sound * np.sin(angle)]))


def test_the_centre_goes_to_the_centre(effect: Effect) -> None:
    x = panned(melody(), 0.0)
    y = effect.run(x)
    assert sdr(x, y[:2]) > 100
    assert level(y[2:]) - level(x) < -100


@pytest.mark.parametrize("place", [-1.0, -0.8, 0.8, 1.0])
def test_the_sides_go_to_the_sides(effect: Effect, place: float) -> None:
    x = panned(chords(), place)
    y = effect.run(x)
    assert level(y[:2]) - level(x) < -100
    assert sdr(x, y[2:]) > 100


def test_a_source_fades_from_centre_to_side_as_it_is_panned(effect: Effect) -> None:
    sound = chords()[: 2 * effect.rate]
    shares = [level(effect.run(panned(sound, place))[:2]) for place in (0.0, 0.2, 0.4, 0.6, 0.8)]
    assert shares == sorted(shares, reverse=True)
    assert shares[1] - shares[0] == pytest.approx(-3.3, abs=0.7)


def test_a_phantom_of_opposite_phase_is_no_centre(effect: Effect) -> None:
    sound = as_tensor(melody())[0]
    y = effect.run(torch.stack([sound, -sound]))
    assert level(y[:2]) < -200


@pytest.mark.parametrize("place", [*(pytest.param(place, marks=pytest.mark.slow) for place in (0.5, 0.7)), 1.0])
def test_a_tune_in_the_centre_comes_apart_from_panned_chords(effect: Effect, place: float) -> None:
    half = len(chords()) // 2
    middle = panned(1.3 * melody(), 0.0)
    around = panned(chords(), place) + panned(np.roll(chords(), half), -place)
    y = effect.run(middle + around)
    assert sdr(middle, y[:2]) - sdr(middle, middle + around) > 4
    assert sdr(around, y[2:]) - sdr(around, middle + around) > 4


def test_unlike_noise_on_both_sides_is_mostly_sides(effect: Effect) -> None:
    x = torch.randn(2, 3 * effect.rate, generator=torch.Generator().manual_seed(0))
    assert level(effect.run(x)[:2]) - level(x) < -9


def test_mono_is_all_centre(effect: Effect) -> None:
    x = panned(chords(), 0.0)[:1]
    with torch.inference_mode():
        y = effect.model(x)
    assert sdr(x.expand(2, -1), y[:2]) > 100
    assert level(y[2:]) - level(x) < -100
