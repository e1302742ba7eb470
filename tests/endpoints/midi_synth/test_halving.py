"""Half the rate: what is heard stays, what would be mirrored goes, however the sound is cut."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from endpoints.midi_synth.halving import Halver


def sine(hertz: float, samples: int = 1 << 14, rate: int = 88200) -> np.ndarray:
    wave = np.sin(2 * np.pi * hertz * np.arange(samples) / rate).astype(np.float32)
    return np.stack([wave, -wave])


@pytest.mark.parametrize("hertz", [100, 1000, 10_000, 20_000])
def test_what_is_heard_stays_where_it_was(hertz: int) -> None:
    made = Halver().halve(sine(hertz))[:, 2 * Halver.delay :]
    wanted = sine(hertz, 1 << 13, 44100)[:, Halver.delay : -Halver.delay]
    np.testing.assert_allclose(made, wanted, atol=1e-3)


@pytest.mark.parametrize("hertz", [24_100, 28_000, 43_000])
def test_what_would_be_mirrored_into_hearing_goes(hertz: int) -> None:
    assert float(np.abs(Halver().halve(sine(hertz))[:, 2 * Halver.delay :]).max()) < 1e-4


def test_how_it_is_cut_changes_nothing() -> None:
    sound = np.random.default_rng(1).standard_normal((2, 4096)).astype(np.float32)
    whole = Halver().halve(sound)
    halver, random = Halver(), np.random.default_rng(2)
    places = [0, *sorted(set(map(int, 2 * random.integers(1, 2047, 40)))), 4096]
    parts = [halver.halve(sound[:, start:end]) for start, end in itertools.pairwise(places)]
    assert whole.shape == (2, 2048)
    np.testing.assert_array_equal(np.concatenate(parts, 1), whole)
