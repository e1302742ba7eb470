"""What all bundled labelers have in common."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch

from endpoints.bundled import load
from tests.endpoints.bundled.scripted import Labeler

NAMES = ["voice_activity", "pitch_notes", "onsets_beats", "chords", "key"]


@pytest.fixture(scope="module", params=NAMES)
def labeler(request: pytest.FixtureRequest) -> Labeler:
    return Labeler(request.param)


def test_silence_has_no_labels(labeler: Labeler) -> None:
    for samples in (1, 2, labeler.rate, 60 * labeler.rate):
        labels, seconds = labeler.run(np.zeros(samples))
        if labeler.names_silence:
            assert labels.argmax(1).tolist() == [labeler.classes.index("no speech")]
            assert seconds.tolist() == [[0.0, pytest.approx(samples / labeler.rate)]]
            continue
        assert labels.shape[0] == 0
        assert labels.ndim == 1 or labels.shape == (0, len(labeler.classes))
        assert seconds.shape == (0, 2)


@pytest.mark.parametrize("samples", [1, 2, 3, 159, 256, 1000, 1024, 2049, 5000, 12345])
def test_short_sounds_do_no_harm(labeler: Labeler, samples: int) -> None:
    noise = np.random.default_rng(samples).standard_normal(samples) * 0.3
    labeler.run(noise)
    labeler.run(np.ones(samples))
    labeler.run(noise, pad=1.0)


@pytest.mark.parametrize("gain", [1e-30, 1e-12, 1e3, 1e9])
def test_levels_far_from_any_recording_do_no_harm(labeler: Labeler, gain: float) -> None:
    labeler.run(np.random.default_rng(1).standard_normal(3 * labeler.rate) * gain)


def test_random_cuts_of_sound_and_silence_keep_the_promises(labeler: Labeler) -> None:
    rng = np.random.default_rng(5)
    rate = labeler.rate
    for _ in range(15):
        pieces = []
        for _ in range(rng.integers(1, 8)):
            length = int(rng.uniform(0.001, 0.8) * rate)
            tone = np.sin(2 * np.pi * rng.uniform(40, 3000) * np.arange(length) / rate)
            kind = rng.integers(3)
            pieces.append([np.zeros(length), tone, rng.standard_normal(length)][kind] * rng.uniform(0.001, 1.0))
        labeler.run(np.concatenate(pieces), pad=float(rng.uniform(0, 2)))


def test_padding_changes_nothing(labeler: Labeler) -> None:
    samples, rate = load(name_of(labeler)).example()
    assert rate == labeler.rate
    sound = np.asarray(samples)[0]
    plain, padded = labeler.run(sound), labeler.run(sound, pad=20.0)
    surer = 0.02 if labeler.names_silence else 1e-3  # of no speech, the longer it is
    torch.testing.assert_close(plain[0], padded[0], atol=surer, rtol=0)
    torch.testing.assert_close(plain[1], padded[1].clamp(max=len(sound) / rate), atol=1e-3, rtol=0)


def name_of(labeler: Labeler) -> str:
    return next(name for name in NAMES if load(name).metadata is labeler.metadata)


def test_same_sound_same_labels(labeler: Labeler) -> None:
    noise = np.random.default_rng(3).standard_normal(2 * labeler.rate)
    first, second = labeler.run(noise), labeler.run(noise)
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])


@pytest.mark.slow
def test_a_minute_takes_less_time_than_it_lasts(labeler: Labeler, one_thread: None) -> None:
    samples, rate = load(name_of(labeler)).example()
    minute = np.resize(np.asarray(samples)[0], 60 * rate)
    labeler.run(minute)  # TorchScript optimises in the first calls
    begin = time.process_time()
    labeler.run(minute)
    assert time.process_time() - begin < 30
