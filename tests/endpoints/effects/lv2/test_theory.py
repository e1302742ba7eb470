"""The four plugins of the paper, from Debian: thresholds, ratios, gains and frequencies against what they say.

Tolerances are stated with what was measured (Calf 0.90.3, LSP 1.2.5).
"""

from __future__ import annotations

import numpy as np
import pytest

from endpoints.effects.lv2.plugin import Lv2Plugin
from tests.endpoints.effects.lv2.test_debian import RATE, level, through
from tests.lv2_plugins import CALF, LSP, needs_calf, needs_lsp

SPLITS = {"freq0": 200.0, "freq1": 1500.0, "freq2": 7000.0}
MIDDLES = (60.0, 500.0, 3000.0, 14000.0)
"""Hz, one in each band, far from where it ends."""
THRESHOLD, MAKEUP = -26.0, 6.0
FREQUENCIES = np.fft.rfftfreq(1 << 15, 1 / RATE)


def factor(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def tone(hertz: float, rms: float, channels: int = 2, seconds: float = 2.0) -> np.ndarray:
    """Return a sine of an RMS level in dB."""
    wave = factor(rms) * np.sqrt(2) * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)
    return np.stack([wave] * channels).astype(np.float32)


def response(plugin: Lv2Plugin, values: dict[str, float]) -> np.ndarray:
    """Return |H| of an impulse's answer, by FREQUENCIES."""
    impulse = np.zeros((plugin.channels, 1 << 15), np.float32)
    impulse[:, 0] = 1
    return np.abs(np.fft.rfft(through(plugin, impulse, values)[0].astype(np.float64)))


def decibels_at(heard: np.ndarray, hertz: float) -> float:
    return float(20 * np.log10(np.interp(hertz, FREQUENCIES, heard)))


def band(number: int, **values: float) -> dict[str, float]:
    """Return the values of one band that is switched on, its detector slow enough to be an RMS of a sine."""
    slow = {"bypass": 0.0, "attack": 100.0, "release": 100.0, "knee": 1.0, "threshold": factor(THRESHOLD)}
    own = {**slow, "makeup": factor(MAKEUP), **values}
    return {**SPLITS, **{f"{name}{number}": value for name, value in own.items()}}


@needs_calf
@pytest.mark.parametrize("number", range(4))
def test_each_band_of_the_compressor_keeps_threshold_ratio_and_gain(number: int) -> None:
    plugin = Lv2Plugin(f"{CALF}MultibandCompressor", RATE)
    for loud in (-40.0, -20.0, -6.0):
        expected = (loud if loud < THRESHOLD else THRESHOLD + (loud - THRESHOLD) / 4) + MAKEUP
        made = level(through(plugin, tone(MIDDLES[number], loud), band(number, ratio=4.0)))
        assert made == pytest.approx(expected, abs=0.15)  # measured: 0.08


@needs_calf
@pytest.mark.parametrize("number", range(4))
def test_each_band_of_the_gate_keeps_threshold_ratio_range_and_gain(number: int) -> None:
    plugin = Lv2Plugin(f"{CALF}MultibandGate", RATE)
    for detection in (0.0, 1.0):
        # By RMS Calf's ratio counts on the square of the level, so that it turns down by twice as much; by peaks, the
        # slow detector is the mean of |sine|, 0.91 dB below its RMS.
        counts, below = (2, 0.0) if detection == 0 else (1, 20 * np.log10(np.sqrt(8) / np.pi))
        values = band(number, ratio=2.5, range=factor(-40), detection=detection)
        for loud in (-65.0, -34.0, -30.0, -20.0, -6.0):
            under = min(0.0, loud + below - THRESHOLD)
            expected = loud + max(-40.0, counts * (2.5 - 1) * under) + MAKEUP
            # Measured: 0.3, but at full range in the third band, where 1 % of its neighbours is heard through it.
            close = 0.5 if loud > -60 else 3.0
            assert level(through(plugin, tone(MIDDLES[number], loud), values)) == pytest.approx(expected, abs=close)


@needs_calf
@pytest.mark.parametrize("name", ["MultibandCompressor", "MultibandGate"])
@pytest.mark.parametrize(("mode", "order", "close"), [(0.0, 4, 0.3), (1.0, 8, 0.6)])
def test_bands_meet_where_they_are_told(name: str, mode: float, order: int, close: float) -> None:
    plugin = Lv2Plugin(f"{CALF}{name}", RATE)
    for number, split in enumerate(SPLITS.values()):
        below, above = (response(plugin, {**SPLITS, "mode": mode, f"solo{k}": 1.0}) for k in (number, number + 1))
        for times in (0.5, 0.7, 1.0, 1.4, 2.0):
            # Linkwitz-Riley, as the bilinear transform bends frequencies; measured: 0.23 and 0.45 dB off.
            bent = np.tan(np.pi * times * split / RATE) / np.tan(np.pi * split / RATE)
            expected = -20 * np.log10(1 + bent**order)
            assert decibels_at(below, times * split) == pytest.approx(expected, abs=close)
            mirrored = -20 * np.log10(1 + bent**-order)
            assert decibels_at(above, times * split) == pytest.approx(mirrored, abs=close)


@needs_lsp
@pytest.mark.parametrize("number", [8, 13, 18, 23, 28])
def test_each_band_of_the_equaliser_has_its_gain_at_its_frequency(number: int) -> None:
    plugin = Lv2Plugin(f"{LSP}graph_equalizer_x32_mono", RATE)
    centres = {p.name: _hertz(p.label) for p in plugin.parameters if p.name[:2] == "g_" and p.name[2:].isdigit()}
    assert len(centres) == 32 and centres["g_18"] == 1000.0
    for gain in (12.0, -12.0):
        heard = response(plugin, {"slope": 4.0, f"g_{number}": factor(gain)})
        assert decibels_at(heard, centres[f"g_{number}"]) == pytest.approx(gain, abs=1.0)  # measured: 0.7
        for other in (number - 2, number - 1, number + 1, number + 2):
            assert abs(decibels_at(heard, centres[f"g_{other}"])) < 1.0


@needs_lsp
def test_all_bands_of_the_equaliser_together_are_a_gain() -> None:
    plugin = Lv2Plugin(f"{LSP}graph_equalizer_x32_mono", RATE)
    heard = response(plugin, {"slope": 4.0, "g_out": 0.5, **{f"g_{number}": 2.0 for number in range(32)}})
    for hertz in (50, 100, 315, 1000, 3150, 10000):
        assert decibels_at(heard, hertz) == pytest.approx(0.0, abs=1.0)
    plain = response(plugin, {"slope": 4.0, "g_out": 0.5})
    assert decibels_at(plain, 1000) == pytest.approx(-6.02, abs=0.01)


@needs_lsp
@pytest.mark.parametrize("threshold", [-20.0, -6.0, -1.0])
def test_the_limiter_holds_its_threshold_and_leaves_the_rest(threshold: float) -> None:
    plugin = Lv2Plugin(f"{LSP}limiter_stereo", RATE)
    values = {"th": factor(threshold), "boost": 0.0, "alr": 0.0}
    for loud in (-40.0, -13.0, -3.5):
        peak = np.abs(through(plugin, tone(1000, loud, seconds=1.0), values)[0, -RATE // 2 :]).max()
        assert 20 * np.log10(peak) == pytest.approx(min(loud + 3.01, threshold), abs=0.02)
        # Boosted, what it holds at its threshold is brought to full scale.
        peak = np.abs(through(plugin, tone(1000, loud, seconds=1.0), {**values, "boost": 1.0})[0, -RATE // 2 :]).max()
        assert 20 * np.log10(peak) == pytest.approx(min(loud + 3.01 - threshold, 0.0), abs=0.02)


@needs_lsp
def test_the_limiter_turns_both_channels_down_alike() -> None:
    sound = tone(1000, -3.5, seconds=1.0) * np.array([[1.0], [0.1]], np.float32)
    plugin = Lv2Plugin(f"{LSP}limiter_stereo", RATE)
    made = through(plugin, sound, {"th": 0.1, "boost": 0.0, "alr": 0.0})
    turned = np.abs(made[:, -RATE // 2 :]).max(1) / np.abs(sound).max(1)
    assert turned[0] == pytest.approx(0.1 / np.abs(sound).max(), rel=0.01) and turned[1] == pytest.approx(turned[0])


def _hertz(label: str) -> float:
    return float(label.rsplit(maxsplit=1)[-1].lower().replace("k", "e3"))
