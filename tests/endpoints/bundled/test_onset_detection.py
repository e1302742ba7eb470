from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.bundled.frames import without_offset
from endpoints.bundled.onset_detection import OnsetDetection, semitone_bands
from tests.endpoints.bundled.scripted import faded, sine

RATE = 44100
SECONDS = 6


@pytest.fixture(scope="module")
def detection() -> OnsetDetection:
    return OnsetDetection(RATE).eval()


def onsets(detection: OnsetDetection, sound: np.ndarray) -> list[float]:
    x = without_offset(torch.from_numpy(sound.astype(np.float32)))
    with torch.inference_mode():
        found: list[float] = detection(x, detection.flux(x)).tolist()
    return found


def noise(slope: float, seed: int, seconds: int = SECONDS) -> np.ndarray:
    """Noise that falls by so many dB an octave, RMS 1."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(seconds * RATE))
    hertz = np.maximum(np.fft.rfftfreq(seconds * RATE, 1 / RATE), 20)
    sound = np.fft.irfft(spectrum * hertz ** (-slope / 6.02))
    return sound / sound.std()


def hum() -> np.ndarray:
    return sum(sine(50 * k, SECONDS, RATE) / k for k in range(1, 20)) + 0.003 * noise(0, 3)


def fan() -> np.ndarray:
    blades = 1 + 0.15 * sine(7.3, SECONDS, RATE)
    return noise(4, 4) * blades + 0.3 * sum(sine(95 * k, SECONDS, RATE) / k for k in range(1, 6))


def telephone() -> np.ndarray:
    spectrum = np.fft.rfft(noise(0, 5))
    hertz = np.fft.rfftfreq(SECONDS * RATE, 1 / RATE)
    return 3 * np.fft.irfft(np.where((hertz > 300) & (hertz < 3400), spectrum, 0))


def chord() -> np.ndarray:
    return sum(sine(hertz * k, SECONDS, RATE) / k for hertz in (220.0, 277.2, 329.6) for k in range(1, 9))


STEADY = {
    "white": lambda: noise(0, 0),
    "pink": lambda: noise(3, 1),
    "brown": lambda: noise(6, 2),
    "hum": hum,
    "fan": fan,
    "telephone": telephone,
    "tone": lambda: sine(440, SECONDS, RATE),
    "chord": chord,
    "offset": lambda: 1 + 0.01 * noise(0, 6),
}


@pytest.mark.parametrize("level", [0.0005, 0.1])
@pytest.mark.parametrize("name", list(STEADY))
def test_what_goes_on_as_it_was_has_none_not_even_where_the_file_starts_and_ends(
    detection: OnsetDetection, name: str, level: float
) -> None:
    assert onsets(detection, level * STEADY[name]()) == []


def test_a_note_or_stroke_at_the_very_start_is_one(detection: OnsetDetection) -> None:
    time = np.arange(2 * RATE) / RATE
    swelling = faded(0.3 * sine(330, 2, RATE), RATE, 0.03)
    dying = 0.3 * np.sin(2 * np.pi * 330 * time) * np.exp(-4 * time)
    for sound in (swelling, dying):
        assert onsets(detection, sound) == pytest.approx([0.0], abs=0.03)


def stroke(rng: np.random.Generator, decay: float) -> np.ndarray:
    time = np.arange(int(0.1 * RATE)) / RATE
    return rng.standard_normal(len(time)) * np.exp(-decay * time)


def test_soft_strokes_under_a_distorted_guitar_are_found(detection: OnsetDetection) -> None:
    """Sixteenths at 150 bpm, the odd ones softer than a power chord that is driven until it rushes."""
    rng = np.random.default_rng(0)
    strings = sum(sine(hertz * k, SECONDS, RATE) / k for hertz in (82.4, 123.5, 164.8) for k in range(1, 9))
    sound = 0.2 * np.tanh(8 * (strings + 0.3 * noise(0, 7)))
    times = np.arange(0.5, SECONDS - 0.5, 0.1)
    for i, at in enumerate(times):
        burst = (0.5 if i % 2 == 0 else 0.12) * stroke(rng, 60.0)
        sound[int(at * RATE) : int(at * RATE) + len(burst)] += burst
    found = np.array(onsets(detection, sound))
    hits = [np.abs(found - at).min() < 0.02 for at in times]
    assert all(hits[::2])
    assert sum(hits[1::2]) >= 10  # a threshold of 0.9 and 1.5 medians finds 6
    assert len(found) == sum(hits)


def test_strokes_stand_out_of_noise_that_has_none(detection: OnsetDetection) -> None:
    rng = np.random.default_rng(1)
    sound = 0.02 * noise(0, 8)
    times = np.arange(0.5, SECONDS - 0.5, 0.4)
    for at in times:
        burst = 0.3 * stroke(rng, 30.0)
        sound[int(at * RATE) : int(at * RATE) + len(burst)] += burst
    assert onsets(detection, sound) == pytest.approx(times, abs=0.01)


def test_flux_is_that_of_the_paper() -> None:
    """Superflux, frame by frame in float64: the growth over the widest of three bands 10 ms before."""
    sound = 0.2 * noise(3, 9, 1)[: RATE // 2]
    detection = OnsetDetection(RATE)
    with torch.inference_mode():
        flux = detection.flux(torch.from_numpy(sound.astype(np.float32))).numpy()
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(2048) / 2048)
    bands = semitone_bands(2048, RATE).numpy().astype(np.float64)
    padded = np.pad(sound, (1024, 2048))
    gain = 2 * 512 / np.abs(sound).max() / window.sum()
    frames = [
        np.log10(1 + gain * np.abs(np.fft.rfft(padded[i * 220 : i * 220 + 2048] * window)) @ bands)
        for i in range(len(flux))
    ]
    for i in range(2, len(flux)):
        before = np.pad(frames[i - 2], 1)
        widest = np.maximum(np.maximum(before[:-2], before[1:-1]), before[2:])
        assert flux[i] == pytest.approx(np.maximum(frames[i] - widest, 0).mean(), rel=1e-3, abs=1e-5)
