from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.bundled.labeler_examples import frequency, melody, progression
from endpoints.bundled.polyphony import Polyphony
from tests.endpoints.bundled.scripted import faded, sawtooth

RATE = 22050


@pytest.fixture(scope="module")
def polyphony() -> Polyphony:
    return Polyphony(RATE).eval()


def stretches(polyphony: Polyphony, sound: np.ndarray) -> list[list[float]]:
    with torch.inference_mode():
        seconds, share = polyphony(torch.from_numpy(np.asarray(sound, dtype=np.float32)))
    assert ((share >= 0) & (share <= 1)).all()
    found: list[list[float]] = seconds.tolist()
    return found


def played(*midi: int, seconds: float = 0.5) -> np.ndarray:
    return faded(0.2 * sum(sawtooth(frequency(note), seconds, RATE) for note in midi), RATE, 0.02)


@pytest.mark.parametrize("chord", [(60, 64), (48, 55), (60, 64, 67), (45, 57, 60, 64), (40, 47, 52)])
def test_chords_of_two_to_four_notes_are_several(polyphony: Polyphony, chord: tuple[int, ...]) -> None:
    sound = np.concatenate([played(*(note + step for note in chord)) for step in (0, 5, 7, 2) * 4])
    ((start, end),) = stretches(polyphony, sound)
    assert start < 1.0
    assert end > 7.0


def test_the_example_of_chords_is_several_and_that_of_a_melody_is_one(polyphony: Polyphony) -> None:
    samples, rate = progression()
    assert rate == RATE
    assert sum(end - start for start, end in stretches(polyphony, samples[0])) > 5.0
    samples, rate = melody()
    assert rate == RATE
    assert stretches(polyphony, samples[0]) == []


@pytest.mark.parametrize("low", [33, 48, 60, 79])
def test_a_melody_is_one_also_in_a_room(polyphony: Polyphony, low: int) -> None:
    """Each note is heard a second time, 14 dB softer, while the next one sounds."""
    rng = np.random.default_rng(low)
    sound = np.concatenate([played(low + int(step), seconds=0.3) for step in rng.integers(0, 13, 30)])
    late = int(0.15 * RATE)
    sound[late:] += 0.2 * sound[:-late]
    assert stretches(polyphony, sound) == []


@pytest.mark.parametrize("low", [0, 300])
def test_noise_is_not_several_notes(polyphony: Polyphony, low: float) -> None:
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(8 * RATE))
    hertz = np.fft.rfftfreq(8 * RATE, 1 / RATE)
    telephone = np.where((hertz >= low) & (hertz <= (3400 if low else RATE)), spectrum, 0)
    assert stretches(polyphony, 0.1 * np.fft.irfft(telephone)) == []


def test_silence_is_none(polyphony: Polyphony) -> None:
    assert stretches(polyphony, np.zeros(8 * RATE)) == []
    assert stretches(polyphony, np.array([0.5])) == []
