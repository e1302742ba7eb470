from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from endpoints.bundled import load
from endpoints.bundled.voice_activity import METHODS
from tests.endpoints.bundled.scripted import Labeler, faded, sine

RATE = 16000


class Classical(Labeler):
    """The bundled model with its classical method."""

    def __init__(self) -> None:
        super().__init__("voice_activity")
        both = self.model
        self.model = lambda x: both(x, METHODS[1])


@pytest.fixture(scope="module")
def labeler() -> Labeler:
    return Classical()


def voice(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Something like speech, RMS 1: a gliding pitch, formants, syllables."""
    time = np.arange(int(seconds * RATE)) / RATE
    phase = np.cumsum(rng.uniform(100, 220) * (1 + 0.08 * np.sin(4 * np.pi * time))) / RATE
    sound = np.zeros(len(time))
    for k in range(1, 18):
        strength = sum(1 / (1 + ((k * 150 - formant) / 120) ** 2) for formant in (600, 1200, 2500))
        sound += strength * np.sin(2 * np.pi * k * phase)
    sound *= 0.6 + 0.4 * np.sin(2 * np.pi * 4 * time) ** 2
    return faded(sound / np.sqrt(np.mean(sound**2)), RATE, 0.02)


def scene(spans: list[tuple[float, float]], seconds: float, snr: float, seed: int = 0) -> np.ndarray:
    """Bursts of voice in white noise, so many dB below them."""
    rng = np.random.default_rng(seed)
    sound = 0.1 * 10 ** (-snr / 20) * rng.standard_normal(int(seconds * RATE))
    for start, end in spans:
        burst = 0.1 * voice(end - start, rng)
        at = int(start * RATE)
        sound[at : at + len(burst)] += burst
    return sound


SPANS = [(1.0, 2.2), (3.5, 4.0), (5.2, 7.0), (8.5, 8.9)]


@pytest.mark.parametrize("snr", [60, 30, 20, 10, 5, 0])
@pytest.mark.parametrize("seed", [0, 1])
def test_bursts_of_voice_are_found_within_100_ms(labeler: Labeler, snr: float, seed: int) -> None:
    labels = labeler.labels(scene(SPANS, 10, snr, seed))
    found = [label for label in labels if label.name == "speech"]
    assert len(found) == len(SPANS)
    for label, (start, end) in zip(found, SPANS, strict=True):
        assert label.start == pytest.approx(start, abs=0.1)
        assert label.end == pytest.approx(end, abs=0.1)
        assert label.confidence > 0.8


def test_labels_tile_the_sound(labeler: Labeler) -> None:
    labels = labeler.labels(scene(SPANS, 10, 20))
    assert labels[0].start == 0
    assert labels[-1].end == pytest.approx(10)
    for one, following in pairwise(labels):
        assert following.start == pytest.approx(one.end)
        assert following.name != one.name


@pytest.mark.parametrize("gain", [1e-3, 1e-2, 1.0, 5.0])
def test_level_does_not_matter(labeler: Labeler, gain: float) -> None:
    labels = labeler.labels(gain * scene(SPANS, 10, 20))
    assert [label.name for label in labels].count("speech") == len(SPANS)


@pytest.mark.parametrize("gain", [1e-4, 0.01, 0.3])
def test_steady_noise_is_no_speech(labeler: Labeler, gain: float) -> None:
    noise = gain * np.random.default_rng(0).standard_normal(20 * RATE)
    assert [label.name for label in labeler.labels(noise)] == ["no speech"]


def test_steady_hum_is_no_speech(labeler: Labeler) -> None:
    hum = 0.1 * sine(50, 10, RATE) + 0.05 * sine(150, 10, RATE)
    hum += 0.003 * np.random.default_rng(0).standard_normal(len(hum))
    assert [label.name for label in labeler.labels(hum)] == ["no speech"]


@pytest.mark.parametrize("seconds", [0.2, 3.0])
def test_digital_silence_does_not_make_speech_of_the_noise_beside_it(labeler: Labeler, seconds: float) -> None:
    sound = scene([(1.0, 2.2), (6.5, 8.0)], 10, 10)
    sound[3 * RATE : int((3 + seconds) * RATE)] = 0
    found = [(label.start, label.end) for label in labeler.labels(sound) if label.name == "speech"]
    assert found == [pytest.approx((1.0, 2.2), abs=0.1), pytest.approx((6.5, 8.0), abs=0.1)]


@pytest.mark.parametrize("below", [0.0, 0.02, 0.02 * sine(50, 8, RATE)], ids=["nothing", "an offset", "hum"])
def test_claps_and_hiss_are_no_speech(labeler: Labeler, below: float | np.ndarray) -> None:
    rng = np.random.default_rng(0)
    sound = 0.001 * rng.standard_normal(8 * RATE) + below
    for start, seconds in ((1.0, 0.01), (2.0, 0.05), (3.0, 0.2), (5.0, 1.0)):
        at, count = int(start * RATE), int(seconds * RATE)
        sound[at : at + count] += 0.4 * rng.standard_normal(count)
    assert [label.name for label in labeler.labels(sound)] == ["no speech"]


def test_short_gaps_are_carried_over(labeler: Labeler) -> None:
    labels = labeler.labels(scene([(1.0, 1.5), (1.58, 2.2)], 4, 20))
    assert [label.name for label in labels] == ["no speech", "speech", "no speech"]


def test_noise_that_grows_slowly_is_followed(labeler: Labeler) -> None:
    rng = np.random.default_rng(0)
    sound = np.linspace(0.001, 0.02, 20 * RATE) * rng.standard_normal(20 * RATE)
    burst = 0.1 * voice(1.0, rng)
    sound[15 * RATE : 16 * RATE] += burst
    found = [label for label in labeler.labels(sound) if label.name == "speech"]
    assert len(found) == 1
    assert found[0].start == pytest.approx(15, abs=0.1)
    assert found[0].end == pytest.approx(16, abs=0.1)


def test_example_has_three_phrases(labeler: Labeler) -> None:
    labels = labeler.labels(np.asarray(load("voice_activity").example()[0])[0])
    assert [label.start for label in labels if label.name == "speech"] == pytest.approx([0.6, 2.6, 5.2], abs=0.1)
