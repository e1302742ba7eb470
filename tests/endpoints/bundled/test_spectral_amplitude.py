"""Speech-like sound under noise of a known level."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from app.audacitorch.torchscript import script
from endpoints.bundled.examples import speech
from endpoints.bundled.spectral_amplitude import SpectralAmplitude
from tests.endpoints.bundled.exported import as_tensor, level, sdr

SECONDS = 8.0


class Effect:
    """The estimator, scripted."""

    rate = 48000

    def __init__(self) -> None:
        self.model = script(SpectralAmplitude().eval())

    def run(self, x: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            return self.model(x)


@pytest.fixture(scope="module")
def effect() -> Effect:
    return Effect()


@pytest.fixture(scope="module")
def voice(effect: Effect) -> torch.Tensor:
    return 0.3 * as_tensor(speech(SECONDS, effect.rate, np.random.default_rng(3)))


def coloured(samples: int, rate: int, slope: float) -> torch.Tensor:
    """Gaussian noise of unit power, falling with frequency to the power of `slope`."""
    spectrum = np.fft.rfft(np.random.default_rng(9).standard_normal(samples))
    noise = np.fft.irfft(spectrum * np.maximum(np.fft.rfftfreq(samples, 1 / rate), 20.0) ** -slope, samples)
    return as_tensor(noise / noise.std())


def at_ratio(noise: torch.Tensor, voice: torch.Tensor, snr: float) -> torch.Tensor:
    return noise * voice.square().mean().sqrt() * 10 ** (-snr / 20)


@pytest.mark.parametrize(
    ("slope", "snr", "gain"),
    [(0.0, 0.0, 11.0), (0.0, 5.0, 9.5), (0.0, 10.0, 8.5), (0.0, 20.0, 7.0), (0.5, 5.0, 6.0), (0.5, 15.0, 5.0)],
    ids=["white 0 dB", "white 5 dB", "white 10 dB", "white 20 dB", "pink 5 dB", "pink 15 dB"],
)
def test_signal_to_noise_ratio_improves(
    effect: Effect, voice: torch.Tensor, slope: float, snr: float, gain: float
) -> None:
    noisy = voice + at_ratio(coloured(voice.shape[1], effect.rate, slope), voice, snr)
    assert sdr(voice, effect.run(noisy)) - snr > gain


def test_pauses_become_quiet_and_stay_even(effect: Effect, voice: torch.Tensor) -> None:
    noise = at_ratio(coloured(voice.shape[1], effect.rate, 0.0), voice, 5.0)
    pause = slice(int(0.05 * effect.rate), int(0.3 * effect.rate))
    left = effect.run(voice + noise)[:, pause]
    assert -26 < level(left) - level(noise[:, pause]) < -20


def test_noise_alone_keeps_no_chirps(effect: Effect) -> None:
    """What is left of noise must sound like noise: hardly a bin stands out of the floor."""
    noise = 0.05 * coloured(5 * effect.rate, effect.rate, 0.0)
    left = effect.run(noise)
    spectra = [
        torch.stft(x[0], 1536, 384, window=torch.hann_window(1536), return_complex=True).abs().square()
        for x in (noise, left)
    ]
    assert level(left) - level(noise) < -21
    loud = (spectra[1] > 0.25 * spectra[0].mean()).double().mean()
    assert loud < 0.002


def test_clean_speech_passes(effect: Effect, voice: torch.Tensor) -> None:
    room = 1e-5 * coloured(voice.shape[1], effect.rate, 0.0)
    assert sdr(voice, effect.run(voice + room)) > 35
    assert sdr(voice, effect.run(voice)) > 20  # digital silence between the words says nothing of what lies under them


def test_hum_goes(effect: Effect, voice: torch.Tensor) -> None:
    t = torch.arange(voice.shape[1]) / effect.rate
    hum = 0.1 * torch.sin(2 * np.pi * 50 * t)[None]
    cleaned = effect.run(voice + hum)
    pause = slice(int(0.05 * effect.rate), int(0.3 * effect.rate))
    assert level(cleaned[:, pause]) - level(hum[:, pause]) < -18


def test_high_sounds_of_speech_keep_their_band(effect: Effect) -> None:
    """A hiss as in an s, from 9 to 14 kHz, comes through: nothing is cut off above telephone bandwidth."""
    rate = effect.rate
    hiss = torch.zeros(1, 4 * rate)
    burst = np.fft.rfft(np.random.default_rng(1).standard_normal(rate // 8))
    frequencies = np.fft.rfftfreq(rate // 8, 1 / rate)
    burst = np.fft.irfft(burst * ((frequencies > 9000) & (frequencies < 14000)))
    vowel = 0.3 * np.sin(2 * np.pi * 400 * np.arange(rate // 8) / rate)
    for start in range(rate // 2, 3 * rate, rate // 2):
        hiss[0, start : start + rate // 8] = torch.from_numpy((burst * 0.3 + vowel) * np.hanning(rate // 8))
    noisy = hiss + 0.003 * coloured(4 * rate, rate, 0.0)
    assert sdr(hiss, effect.run(noisy)) > 15


@pytest.mark.parametrize("seconds", [0.1, 1.0])
def test_noise_does_not_come_back_around_a_cut(effect: Effect, seconds: float) -> None:
    """Digital silence that an editor left between two clips is no pause that tells the noise."""
    rate = effect.rate
    noise = 0.02 * coloured(6 * rate, rate, 0.0)
    end = int((3 + seconds) * rate)
    noise[:, 3 * rate : end] = 0
    left = effect.run(noise)
    for around in (slice(3 * rate - rate // 4, 3 * rate), slice(end, end + rate // 4)):
        assert level(left[:, around]) - level(noise[:, around]) < -16


def test_padding_is_no_noise_floor(effect: Effect, voice: torch.Tensor) -> None:
    """The silence that fills the last chunk does not hide the noise before it."""
    noisy = voice + at_ratio(coloured(voice.shape[1], effect.rate, 0.0), voice, 5.0)
    tail = slice(voice.shape[1] - effect.rate // 4, voice.shape[1] - effect.rate // 20)
    padded = effect.run(torch.nn.functional.pad(noisy, (0, 2 * effect.rate)))
    assert level(padded[:, tail]) - level((noisy - voice)[:, tail]) < -18
