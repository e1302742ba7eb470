from __future__ import annotations

import numpy as np
import pytest

from endpoints.bundled import load
from tests.endpoints.bundled.scripted import Labeler, faded, sine

RATE = 44100


@pytest.fixture(scope="module")
def labeler() -> Labeler:
    return Labeler("onsets_beats")


def clicks(times: np.ndarray, seconds: float, kind: str) -> np.ndarray:
    rng = np.random.default_rng(0)
    sound = np.zeros(int(seconds * RATE) + RATE)
    time = np.arange(int(0.05 * RATE)) / RATE
    for at in np.round(np.asarray(times) * RATE).astype(int):
        if kind == "impulse":
            sound[at] += 0.8
        else:
            burst = np.sin(2 * np.pi * 1000 * time) if kind == "beep" else rng.standard_normal(len(time))
            sound[at : at + len(time)] += 0.5 * np.exp(-80 * time) * burst
    return sound[: int(seconds * RATE)]


def starts(labeler: Labeler, sound: np.ndarray, name: str, pad: float = 0.0) -> list[float]:
    return [label.start for label in labeler.labels(sound, pad) if label.name == name]


@pytest.mark.parametrize("kind", ["impulse", "beep", "noise"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_clicks_have_their_times_within_10_ms(labeler: Labeler, kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = 0.1 + np.cumsum(rng.uniform(0.08, 0.6, 25))
    found = starts(labeler, clicks(times, times[-1] + 0.5, kind), "onset", pad=3.0)
    assert found == pytest.approx(times, abs=0.01)


@pytest.mark.parametrize("offset", [0.005, -0.02])
def test_an_offset_adds_no_onset_and_changes_none(labeler: Labeler, offset: float) -> None:
    times = np.arange(0.5, 4, 0.35)
    noise = 1e-4 * np.random.default_rng(0).standard_normal(4 * RATE)
    sound = 0.3 * clicks(times, 4, "noise") + noise
    assert starts(labeler, sound + offset, "onset") == pytest.approx(starts(labeler, sound, "onset"), abs=1e-3)
    assert starts(labeler, sound + offset, "onset") == pytest.approx(times, abs=0.01)


def test_soft_clicks_between_loud_ones_are_found(labeler: Labeler) -> None:
    times = np.arange(0.2, 5, 0.25)
    sound = clicks(times[::2], 5, "noise") + 0.03 * clicks(times[1::2], 5, "noise")
    assert starts(labeler, sound, "onset") == pytest.approx(times, abs=0.01)


def test_notes_over_a_drone_are_onsets(labeler: Labeler) -> None:
    times = np.arange(0.5, 5, 0.5)
    sound = 0.1 * sine(110, 6, RATE)
    for i, at in enumerate(times):
        note = faded(0.3 * sine(330 * 2 ** (i / 12), 0.4, RATE), RATE, 0.02)
        sound[int(at * RATE) : int(at * RATE) + len(note)] += note
    found = [at for at in starts(labeler, sound, "onset") if at > 0.1]
    assert found == pytest.approx(times, abs=0.03)


def test_bowed_notes_are_onsets(labeler: Labeler) -> None:
    """They rise over 60 ms while the note before rings on."""
    rng = np.random.default_rng(0)
    times = 0.3 + np.cumsum(rng.uniform(0.25, 0.5, 24))
    sound = 0.0005 * rng.standard_normal(int((times[-1] + 1) * RATE))
    for at in times:
        hertz = 220 * 2 ** (rng.integers(0, 25) / 12)
        note = faded(0.1 * sum(sine(hertz * k, 0.5, RATE) / k for k in range(1, 12)), RATE, 0.06)
        sound[int(at * RATE) : int(at * RATE) + len(note)] += note
    found = np.array(starts(labeler, sound, "onset"))
    assert sum(np.abs(found - at).min() < 0.06 for at in times) >= 20
    assert len(found) <= 26


def test_the_first_sound_is_an_onset(labeler: Labeler) -> None:
    assert starts(labeler, clicks(np.array([0.0]), 1, "beep"), "onset") == pytest.approx([0.0], abs=0.01)


@pytest.mark.parametrize("bpm", [60, 72, 80, 90, 100, 110, 120, 128, 140, 150, 160, 174, 180, 200])
@pytest.mark.parametrize("kind", ["impulse", "noise"])
def test_click_tracks_have_their_beats(labeler: Labeler, bpm: float, kind: str) -> None:
    times = np.arange(0.3, 19.5, 60 / bpm)
    assert starts(labeler, clicks(times, 20, kind), "beat", pad=10.0) == pytest.approx(times, abs=0.01)


def test_a_tempo_that_drifts_is_followed(labeler: Labeler) -> None:
    times = 0.3 + np.cumsum(np.linspace(0.55, 0.48, 50))
    found = starts(labeler, clicks(times, times[-1] + 1, "noise"), "beat")
    assert found == pytest.approx(times, abs=0.02)


def test_beats_go_on_where_a_click_is_missing(labeler: Labeler) -> None:
    times = np.arange(0.3, 15, 0.5)
    sound = clicks(np.delete(times, [8, 15]), 15, "noise")
    assert starts(labeler, sound, "beat") == pytest.approx(times, abs=0.04)


def test_a_backbeat_has_the_quarters(labeler: Labeler) -> None:
    samples, _ = load("onsets_beats").example()
    beat = 60 / 116
    found = starts(labeler, np.asarray(samples)[0], "beat")
    assert found == pytest.approx(0.1 + beat * np.arange(len(found)), abs=0.02)
    assert len(found) >= 15
    onsets = starts(labeler, np.asarray(samples)[0], "onset")
    assert onsets == pytest.approx(0.1 + beat / 2 * np.arange(32), abs=0.01)


@pytest.mark.parametrize("gain", [0.001, 0.01, 1.0])
def test_steady_noise_has_neither(labeler: Labeler, gain: float) -> None:
    noise = gain * np.random.default_rng(0).standard_normal(8 * RATE)
    assert [label for label in labeler.labels(noise) if label.start > 0.05] == []


@pytest.mark.parametrize("seconds", [0.5, 1.2])
def test_noise_beside_digital_silence_has_none(labeler: Labeler, seconds: float) -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(8 * RATE)
    end = 3 + seconds
    noise[3 * RATE : int(end * RATE)] = 0
    assert [at for at in starts(labeler, noise, "onset") if at > 0.05 and abs(at - end) > 0.05] == []


def test_a_long_tone_has_one_onset_and_its_end_is_none(labeler: Labeler) -> None:
    tone = np.concatenate([np.zeros(RATE), 0.5 * sine(440, 3, RATE), np.zeros(RATE)])
    found = labeler.labels(tone)
    assert [label.name for label in found] == ["onset"]
    assert found[0].start == pytest.approx(1.0, abs=0.01)


def test_vibrato_is_no_onset(labeler: Labeler) -> None:
    time = np.arange(4 * RATE) / RATE
    hertz = 440 * 2 ** (0.5 / 12 * np.sin(2 * np.pi * 6 * time))
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    sound = sum(np.sin(k * phase) / k for k in range(1, 10))
    assert len(starts(labeler, faded(0.2 * sound, RATE), "onset")) == 1
