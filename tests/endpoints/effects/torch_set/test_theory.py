"""Thresholds, ratios, times and frequencies against what they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.effects.torch_set.biquads import low_pass, peak, shelf
from endpoints.effects.torch_set.compressor import Compressor
from endpoints.effects.torch_set.crossover import Crossover
from endpoints.effects.torch_set.gate import Gate
from endpoints.effects.torch_set.graphic_equaliser import GraphicEqualiser
from endpoints.effects.torch_set.limiter import Limiter
from endpoints.effects.torch_set.multiband_compressor import MultibandCompressor
from endpoints.effects.torch_set.parametric_equaliser import ParametricEqualiser
from endpoints.effects.torch_set.saturation import Saturation
from endpoints.effects.torch_set.spread import Spread
from tests.endpoints.effects.torch_set.hearing import decibels, gain, heard, noise, tone

RATE = 44100


def square(level: float, seconds: float) -> np.ndarray:
    """Return a wave of one level throughout, so that a peak detector has nothing to wait for."""
    n = np.arange(int(seconds * RATE))
    return (10 ** (level / 20) * np.sign(np.sin(2 * np.pi * 441 * (n + 0.5) / RATE))).astype(np.float32)[None]


@pytest.mark.parametrize("level", [-40.0, -26.0, -20.0, -14.0, -3.0])
@pytest.mark.parametrize("knee", [0.0, 12.0])
def test_a_compressor_keeps_threshold_ratio_and_knee(level: float, knee: float) -> None:
    values = {"threshold": -20, "ratio": 4, "knee": knee, "attack": 1, "release": 20, "output": 2}
    over = level + 20
    if 2 * abs(over) <= knee:
        expected = (1 / 4 - 1) * (over + knee / 2) ** 2 / max(2 * knee, 1)
    else:
        expected = min(0.0, (1 / 4 - 1) * over)
    assert gain(Compressor(RATE, 1), square(level, 0.4), values) == pytest.approx(expected + 2, abs=0.01)


def test_a_sine_is_compressed_by_its_peak() -> None:
    values = {"threshold": -20, "ratio": 4, "knee": 0, "attack": 0.2, "release": 1000}
    # The level falls a little between the peaks, and the attack has not made good all of it.
    assert gain(Compressor(RATE, 1), tone(1000, 1, RATE, -6), values) == pytest.approx(-14 * 3 / 4, abs=0.3)


@pytest.mark.parametrize("rate", [22050, RATE])
def test_attack_and_release_take_their_times(rate: int) -> None:
    values = {"threshold": -30, "ratio": 2, "knee": 0, "attack": 20, "release": 100}
    quiet, loud = np.full((1, rate), 10 ** (-40 / 20)), np.full((1, rate), 10 ** (-10 / 20))
    sound = np.concatenate([quiet, loud, quiet], 1).astype(np.float32)
    out = heard(Compressor(rate, 1), sound, values)
    reduction = 20 * np.log10(sound / out)[0]
    attack = np.argmax(reduction[rate : 2 * rate] >= 10 * (1 - np.exp(-1))) / rate
    release = np.argmax(reduction[2 * rate :] <= 10 * np.exp(-1)) / rate
    assert attack == pytest.approx(0.020, abs=2 / rate) and release == pytest.approx(0.100, abs=2 / rate)


def test_a_gate_keeps_threshold_ratio_and_range() -> None:
    values = {"threshold": -30, "ratio": 3, "range": 24, "knee": 0, "attack": 1, "release": 10}
    for level, expected in ((-10, 0), (-29, 0), (-35, -10), (-40, -20), (-50, -24)):
        assert gain(Gate(RATE, 1), square(level, 0.4), values) == pytest.approx(expected, abs=0.01)


def test_a_gate_opens_by_the_attack_and_closes_by_the_release() -> None:
    values = {"threshold": -30, "ratio": 20, "range": 40, "knee": 0, "attack": 5, "release": 50}
    quiet, loud = np.full((1, RATE), 10 ** (-60 / 20)), np.full((1, RATE), 10 ** (-10 / 20))
    sound = np.concatenate([quiet, loud, quiet], 1).astype(np.float32)
    reduction = 20 * np.log10(sound / heard(Gate(RATE, 1), sound, values))[0]
    assert np.argmax(reduction[RATE : 2 * RATE] <= 40 * np.exp(-1)) / RATE == pytest.approx(0.005, abs=2 / RATE)
    assert np.argmax(reduction[2 * RATE :] >= 40 * (1 - np.exp(-1))) / RATE == pytest.approx(0.05, abs=2 / RATE)


@pytest.mark.parametrize("rate", [22050, 44100, 96000])
def test_bands_meet_at_minus_six_decibels_and_add_up_to_the_sound(rate: int) -> None:
    splits = (100.0, 1000.0, 6000.0)
    crossover = Crossover.at([torch.tensor([f], dtype=torch.float64) for f in splits], rate, 1, Spread())
    impulse = torch.zeros(1, 1, 1 << 16, dtype=torch.float64)
    impulse[..., 0] = 1
    with torch.no_grad():
        bands = crossover.run(impulse, {})[:, 0, 0].numpy()
    assert np.abs(bands.sum(0) - impulse[0, 0].numpy()).max() < 1e-14
    spectra = np.abs(np.fft.rfft(bands))
    frequencies = np.fft.rfftfreq(1 << 16, 1 / rate)

    def at(band: int, frequency: float) -> float:
        return decibels(spectra[band, np.argmin(np.abs(frequencies - frequency))])

    # 1 / (1 + (f / split)²) of the lowest band, and what it leaves: |1 - 1 / (1 + jx)²| is 2.5 / 2 in power at x = 1.
    for octaves, expected in ((-3, -0.13), (0, -6.02), (1, -13.98), (3, -36.26)):
        assert at(0, splits[0] * 2.0**octaves) == pytest.approx(expected, abs=0.1)
    alone = Crossover.at([torch.tensor([1000.0], dtype=torch.float64)], rate, 1, Spread())
    with torch.no_grad():
        spectra = np.abs(np.fft.rfft(alone.run(impulse, {})[:, 0, 0].numpy()))
    assert at(1, 1000) == pytest.approx(decibels(np.sqrt(1.25)), abs=0.1)
    assert decibels(spectra[1].max()) == pytest.approx(1.25, abs=0.01)
    assert at(1, 62.5) - at(1, 31.25) == pytest.approx(6.0, abs=0.3)


def test_a_band_is_compressed_alone() -> None:
    splits = {"split_1": 60, "split_2": 500, "split_3": 10000}
    values = {"threshold_3": -40, "ratio_3": 1.5, "knee_3": 0, "attack_3": 0.2, "release_3": 1000, "gain_1": 6}
    effect = MultibandCompressor(RATE, 1)
    # What its filters let into the bands beside it is not compressed.
    low = [1 / (1 + 1j * np.tan(np.pi * 2200 / RATE) / np.tan(np.pi * f / RATE)) ** 2 for f in splits.values()]
    within = (1 - low[0]) * (1 - low[1]) * low[2]
    reduction = (-12 + decibels(abs(within)) + 40) / 3
    expected = decibels(abs(1 + (10 ** (6 / 20) - 1) * low[0] + within * (10 ** (-reduction / 20) - 1)))
    assert gain(effect, tone(2200, 1, RATE, -12), splits | values) == pytest.approx(expected, abs=0.1)
    for frequency in (10, 40, 2000, 15000):
        effect.reset()
        low[0] = 1 / (1 + 1j * np.tan(np.pi * frequency / RATE) / np.tan(np.pi * 60 / RATE)) ** 2
        expected = decibels(abs(1 + (10 ** (6 / 20) - 1) * low[0]))
        assert gain(effect, tone(frequency, 1, RATE, -12), splits | {"gain_1": 6}) == pytest.approx(expected, abs=0.05)


def test_bells_and_shelves_have_the_gain_that_they_say() -> None:
    one = torch.ones(1, dtype=torch.float64)

    def at(sections: object, frequency: float) -> float:
        return decibels(abs(sections.response(torch.tensor([frequency]), RATE)).item())  # type: ignore[attr-defined]

    assert at(peak(1000 * one, 9 * one, one, RATE), 1000) == pytest.approx(9, abs=1e-6)
    low, high = shelf(200 * one, -8 * one, RATE, high=False), shelf(5000 * one, 6 * one, RATE, high=True)
    assert [at(low, f) for f in (1, 200, 15000)] == pytest.approx([-8, -4, 0], abs=0.01)
    assert [at(high, f) for f in (20, 5000, 22050)] == pytest.approx([0, 3, 6], abs=0.01)
    assert at(low_pass(3000 * one, RATE), 3000) == pytest.approx(-6.02, abs=0.01)


@pytest.mark.parametrize("rate", [22050, 44100])
def test_an_equaliser_is_heard_at_its_frequencies(rate: int) -> None:
    values = {"gain_2": 9, "frequency_2": 2000, "quality_2": 2, "output": -3}
    assert gain(ParametricEqualiser(rate, 1), tone(2000, 0.5, rate, -20), values) == pytest.approx(6, abs=0.05)
    assert gain(ParametricEqualiser(rate, 1), tone(100, 0.5, rate, -20), values) == pytest.approx(-3, abs=0.1)


@pytest.mark.parametrize("seed", range(3))
def test_sliders_show_what_is_heard_at_their_bands(seed: int) -> None:
    effect = GraphicEqualiser(RATE, 1)
    rng = np.random.default_rng(seed)
    names = [p.name for p in effect.parameters if p.name.startswith("gain")]
    values = dict(zip(names, rng.uniform(-9, 9, len(names)).tolist()))
    columns = {n: torch.tensor([v], dtype=torch.float64) for n, v in (values | {"output": 0}).items()}
    cascade, _ = effect.prepare(columns, Spread())
    impulse = torch.zeros(1, 1, 1 << 17, dtype=torch.float64)
    impulse[..., 0] = 1
    with torch.no_grad():
        spectrum = np.abs(np.fft.rfft(cascade.run(impulse, {}, "bands")[0, 0].numpy()))
    found = [
        decibels(np.interp(float(name[5:].replace("_", ".")), np.fft.rfftfreq(1 << 17, 1 / RATE), spectrum))
        for name in names
    ]
    assert np.abs(np.array(found) - list(values.values())).max() < 0.5


@pytest.mark.parametrize("rate", [22050, 44100, 48000])
def test_no_sample_passes_the_limiter(rate: int) -> None:
    sound = 4 * noise(2, rate)
    sound[:, 5000] = 9
    effect = Limiter(rate, 2)
    out = heard(effect, sound, {"ceiling": -6, "release": 50, "input": 3})
    ceiling = 10 ** (-6 / 20)
    assert np.abs(out).max() <= ceiling * (1 + 1e-6)
    assert np.abs(out).max() > 0.99 * ceiling
    # A gain, and no clipping: where the wave is high it keeps its shape.
    late = sound[:, : -effect.latency] * 10 ** (3 / 20)
    ratio = out[:, effect.latency :] / np.where(np.abs(late) < 1e-4, np.nan, late)
    assert np.nanmax(np.abs(ratio[0] - ratio[1])) < 1e-4
    assert np.nanmax(np.abs(np.diff(ratio[0]))) < 2.0 / effect.latency
    assert effect.latency == {22050: 127, 44100: 255, 48000: 255}[rate]


def test_a_limiter_lets_go_by_its_release() -> None:
    sound = np.full((1, RATE), 0.25, np.float32)
    sound[:, 1000] = 2.0
    effect = Limiter(RATE, 1)
    out = heard(effect, sound, {"ceiling": -12, "release": 100})[0, effect.latency :]
    reduction = 20 * np.log10(0.25 / out)
    whole = reduction.max()
    # The reduction is held for a length after the peak, and averaged over another one.
    since = (np.argmax((np.arange(len(out)) > 1100) & (reduction < whole * np.exp(-1))) - 1000) / RATE
    assert whole == pytest.approx(decibels(2.0) + 12, abs=0.6)
    assert 0.098 < since < 0.115


def test_saturation_bends_by_its_curve_and_mirrors_little_back() -> None:
    effect, level = Saturation(RATE, 1), -6.0
    sound = tone(500, 0.5, RATE, level)
    out = heard(effect, sound, {"drive": 12, "amount": 1, "bias": 0.3})[0, effect.latency :]
    drive, late = 10 ** (12 / 20), sound[0, : len(out)].astype(float)
    expected = (np.tanh(drive * late + 0.3) - np.tanh(0.3)) / (drive * (1 - np.tanh(0.3) ** 2))
    assert np.abs(out - expected)[200:-200].max() < 2e-3
    # The third overtone of 9 kHz, at 27 kHz, would be mirrored to 17.1 kHz.
    n = np.arange(RATE)
    high = (0.5 * np.sin(2 * np.pi * 9000 * n / RATE)).astype(np.float32)[None]
    effect.reset()
    spectrum = np.abs(np.fft.rfft(heard(effect, high, {"drive": 12, "amount": 1})[0] * np.hanning(RATE)))
    plain = np.abs(np.fft.rfft(np.tanh(drive * high[0].astype(float)) * np.hanning(RATE)))
    assert decibels(spectrum[17100] / plain[17100] * drive) < -40
