"""Debian's Calf and LSP plugins, heard to do what their controls say."""

from __future__ import annotations

import numpy as np
import pytest

from endpoints.effects.applying import applied
from endpoints.effects.lv2.plugin import Lv2Plugin
from tests.lv2_plugins import CALF, LSP, needs_calf, needs_lsp

RATE = 48000
CLOSE = 0.01
"""dB; measured: 6e-6."""


def square(level: float, seconds: float = 0.5) -> np.ndarray:
    """Return a square wave of a level in dB, whose peak and mean power are the same."""
    wave = np.sign(np.sin(2 * np.pi * 1000 * np.arange(round(seconds * RATE)) / RATE + 0.01))
    return np.stack([wave, wave]).astype(np.float32) * np.float32(10 ** (level / 20))


def level(sound: np.ndarray) -> float:
    """Return the level of the last 0.1 s, in dB."""
    return float(10 * np.log10(np.mean(sound[0, -RATE // 10 :].astype(np.float64) ** 2)))


def through(plugin: Lv2Plugin, sound: np.ndarray, values: dict[str, float], size: int = 4096) -> np.ndarray:
    plugin.reset()
    parts = [sound[:, at : at + size] for at in range(0, sound.shape[1], size)]
    return np.concatenate(list(applied(plugin, parts, lambda _: values)), axis=1)


@needs_calf
@pytest.mark.parametrize("detection", [0.0, 1.0])
@pytest.mark.parametrize(("threshold", "ratio", "makeup"), [(-20.0, 4.0, 6.0), (-40.0, 20.0, 0.0), (-6.0, 1.5, 12.0)])
def test_a_compressor_keeps_to_threshold_ratio_and_gain(
    detection: float, threshold: float, ratio: float, makeup: float
) -> None:
    plugin = Lv2Plugin(f"{CALF}Compressor", RATE)
    knobs = {"threshold": 10 ** (threshold / 20), "ratio": ratio, "makeup": 10 ** (makeup / 20), "knee": 1.0}
    values = {**knobs, "attack": 1.0, "release": 100.0, "detection": detection}
    for loud in (-50.0, -30.0, -12.0, -3.0):
        expected = (loud if loud < threshold else threshold + (loud - threshold) / ratio) + makeup
        assert level(through(plugin, square(loud), values)) == pytest.approx(expected, abs=CLOSE)


@needs_calf
@pytest.mark.parametrize("name", ["Compressor", "MultibandCompressor", "MultibandGate", "Equalizer5Band"])
def test_bypassed_nothing_changes(name: str) -> None:
    sound = np.random.default_rng(2).normal(0, 0.3, (2, 20000)).astype(np.float32)
    assert np.array_equal(through(Lv2Plugin(f"{CALF}{name}", RATE), sound, {"bypass": 1.0}), sound)


@needs_calf
@pytest.mark.parametrize("name", ["Compressor", "MultibandCompressor", "MultibandGate"])
def test_no_size_of_blocks_is_heard(name: str) -> None:
    sound = np.random.default_rng(3).normal(0, 0.3, (2, 30000)).astype(np.float32)
    plugin = Lv2Plugin(f"{CALF}{name}", 44100)
    values = {parameter.name: 0.0 for parameter in plugin.parameters if parameter.name.startswith("bypass")}
    values |= {name: 0.05 for name in ("threshold", "threshold0", "threshold2") if _has(plugin, name)}
    whole = through(plugin, sound, values, 30000)
    assert not np.array_equal(whole, sound)
    for size in (64, 256, 1000):
        assert np.array_equal(through(plugin, sound, values, size), whole), size


@needs_calf
def test_bands_split_where_they_are_told() -> None:
    plugin = Lv2Plugin(f"{CALF}MultibandCompressor", RATE)
    muted = {"bypass0": 0.0, "threshold0": 10 ** (-60 / 20), "ratio0": 20.0, "attack0": 1.0, "detection0": 1.0}
    levels = {}
    for hertz in (100, 4000):
        wave = 0.5 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)
        sound = np.stack([wave, wave]).astype(np.float32)
        levels[hertz] = level(through(plugin, sound, {**muted, "freq0": 1000.0})) - level(sound)
    # The first band ends at 1 kHz: 100 Hz is pressed by some 50 dB, 4 kHz left alone.
    assert levels[100] < -40 and abs(levels[4000]) < 0.1


@needs_lsp
def test_a_limiter_is_late_and_holds_its_threshold() -> None:
    for rate, late in ((22050, 110), (44100, 220)):
        plugin = Lv2Plugin(f"{LSP}limiter_mono", rate)
        quiet = np.zeros((1, 6000), np.float32)
        quiet[0, 1000] = 0.01
        assert int(np.abs(through(plugin, quiet, {})).argmax()) == 1000
        assert plugin.latency == late
    loud = np.random.default_rng(4).normal(0, 0.4, (1, 44100)).astype(np.float32)
    held = through(plugin, loud, {"th": 0.1, "boost": 0.0, "alr": 0.0})
    assert float(np.abs(held).max()) == pytest.approx(0.1, rel=0.02)


@needs_lsp
def test_an_equaliser_raises_a_band() -> None:
    plugin = Lv2Plugin(f"{LSP}graph_equalizer_x16_mono", RATE)
    wave = 0.1 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)[None].astype(np.float32)
    gains = [parameter.name for parameter in plugin.parameters if parameter.name.startswith("g_")][2:]
    assert len(gains) == 16
    raised = level(through(plugin, wave, dict.fromkeys(gains, 2.0))) - level(wave)
    assert raised == pytest.approx(6.02, abs=1.0)


def _has(plugin: Lv2Plugin, name: str) -> bool:
    return any(parameter.name == name for parameter in plugin.parameters)
