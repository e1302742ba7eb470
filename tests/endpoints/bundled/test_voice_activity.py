"""Both methods behind the model's controls; the network's own numbers: test_silero_network.py."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from endpoints.bundled import load
from endpoints.bundled.labeler_examples import drums, melody, progression
from endpoints.bundled.voice_activity import METHODS
from tests.endpoints.bundled.scripted import Label, Labeler, sine

RATE = 16000
PHRASES = [(0.6, 1.45), (2.6, 3.85), (5.2, 5.85)]
"""Seconds, of the example; the network, whose frames are 32 ms, keeps a phrase some 0.1 s longer."""


@pytest.fixture(scope="module")
def labeler() -> Labeler:
    return Labeler("voice_activity")


def example() -> np.ndarray:
    return np.asarray(load("voice_activity").example()[0], np.float64)[0]


def stretches(labels: list[Label], name: str = "speech") -> list[tuple[float, float]]:
    return [(label.start, label.end) for label in labels if label.name == name]


def with_controls(labeler: Labeler, sound: np.ndarray, **controls: float | str) -> list[tuple[float, float]]:
    x = torch.from_numpy(sound.astype(np.float32))[None]
    with torch.inference_mode():
        labels, seconds = labeler.model(x, **controls)
    return [tuple(span) for span, row in zip(seconds.tolist(), labels.tolist(), strict=True) if row[0] > row[1]]


@pytest.mark.parametrize("snr", [40, 20, 10, 5])
def test_phrases_are_found_in_noise_within_150_ms(labeler: Labeler, snr: float) -> None:
    sound = example()
    noise = np.random.default_rng(0).standard_normal(len(sound))
    labels = labeler.labels(sound + noise * np.std(sound[RATE : int(1.4 * RATE)]) * 10 ** (-snr / 20))
    assert stretches(labels) == [pytest.approx(phrase, abs=0.15) for phrase in PHRASES]


def test_labels_tile_the_sound_by_turns(labeler: Labeler) -> None:
    labels = labeler.labels(example())
    assert labels[0].start == 0
    assert labels[-1].end == pytest.approx(7)
    for one, following in pairwise(labels):
        assert following.start == pytest.approx(one.end)
        assert following.name != one.name
    assert min(label.confidence for label in labels) > 0.9


def at_16_khz(samples: np.ndarray, rate: int) -> np.ndarray:
    times = np.arange(int(samples.shape[1] * RATE / rate)) * rate / RATE
    return np.interp(times, np.arange(samples.shape[1]), samples[0])


@pytest.mark.parametrize("made", [drums, melody, progression])
def test_music_is_no_speech(labeler: Labeler, made: object) -> None:
    sound = at_16_khz(*made())
    assert sum(end - start for start, end in stretches(labeler.labels(sound))) < 0.05 * len(sound) / RATE


@pytest.mark.parametrize("kind", ["hiss", "hum", "engine", "clicks", "silence"])
def test_machines_and_silence_are_no_speech(labeler: Labeler, kind: str) -> None:
    rng, count = np.random.default_rng(0), 10 * RATE
    hiss = 0.1 * rng.standard_normal(count)
    turning = 1 + 0.2 * sine(0.3, 10, RATE)
    engine = sum(0.1 * np.sin(2 * np.pi * 27 * k * np.cumsum(turning) / RATE) / k for k in range(1, 40))
    sounds = {
        "hiss": hiss,
        "hum": 0.1 * sine(50, 10, RATE) + 0.05 * sine(150, 10, RATE) + 0.01 * hiss,
        "engine": engine + 0.1 * hiss,
        "clicks": hiss * (np.arange(count) % 4000 < 80),
        "silence": np.zeros(count),
    }
    assert [label.name for label in labeler.labels(sounds[kind])] == ["no speech"]


def test_the_classical_method_is_a_choice(labeler: Labeler) -> None:
    found = with_controls(labeler, example(), method=METHODS[1])
    assert found == [pytest.approx(phrase, abs=0.1) for phrase in PHRASES]
    assert with_controls(labeler, at_16_khz(*progression()), method=METHODS[1]), "to it, music is speech"


def test_every_control_does_what_its_help_says(labeler: Labeler) -> None:
    sound = example()
    first = with_controls(labeler, sound)
    assert first == stretches(labeler.labels(sound))
    wider = with_controls(labeler, sound, padding=130.0)
    assert wider == [(pytest.approx(start - 0.1), pytest.approx(end + 0.1)) for start, end in first]
    assert with_controls(labeler, sound, shortest_speech=1000.0) == [first[1]]
    assert with_controls(labeler, sound, shortest_pause=1080.0) == [
        (first[0][0], first[1][1]),
        first[2],
    ]
    softer = sound + 0.15 * np.random.default_rng(0).standard_normal(len(sound))
    shares = [
        sum(end - start for start, end in with_controls(labeler, softer, speech_threshold=percent))
        for percent in (5.0, 50.0, 95.0)
    ]
    assert shares[0] > shares[1] > shares[2]


def test_padding_that_leaves_no_gap_makes_one_stretch_of_the_rest(labeler: Labeler) -> None:
    found = with_controls(labeler, example(), padding=10000.0)
    assert found[0][0] == 0 and found[-1][1] == pytest.approx(7)
    assert [one[1] for one in found[:-1]] == [following[0] for following in found[1:]]
