"""A VST3 plugin as an effect: with Debian's zam-plugins, where these and pedalboard are installed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from app.errors import ModelFormatError, ModelRunError
from endpoints.effects.applying import applied
from endpoints.effects.parameter import Scale
from endpoints.effects.pedalboard_library import MISSING
from endpoints.effects.vst3.plugin import Vst3Plugin

ZAM = Path("/usr/lib/vst3")
RATE = 48000

needs_pedalboard = pytest.mark.skipif(
    importlib.util.find_spec("pedalboard") is None, reason="pedalboard is not installed: requirements-pedalboard.txt"
)
needs_zam = pytest.mark.skipif(
    importlib.util.find_spec("pedalboard") is None or not (ZAM / "ZamComp.vst3").exists(),
    reason="pedalboard or Debian's VST3 plugins are not installed: zam-plugins",
)


def through(plugin: Vst3Plugin, sound: np.ndarray, values: dict[str, float], size: int) -> np.ndarray:
    plugin.reset()
    parts = [sound[:, at : at + size] for at in range(0, sound.shape[1], size)]
    return np.concatenate(list(applied(plugin, parts, lambda _: values)), axis=1)


@needs_zam
def test_its_knobs() -> None:
    plugin = Vst3Plugin(ZAM / "ZamComp.vst3", RATE)
    assert (plugin.name, plugin.maker, plugin.channels, plugin.latency) == ("ZamComp", "Damien Zammit", 1, 0)
    found = {parameter.name: parameter for parameter in plugin.parameters}
    threshold = found["threshold_db"]
    assert (threshold.minimum, threshold.maximum, threshold.default, threshold.unit) == (-80.0, 0.0, 0.0, "dB")
    assert found["ratio"].default == 4.0 and found["sidechain"].scale is Scale.TOGGLE
    # What it shows, nobody turns.
    assert "gain_reduction_db" not in found and "buffer_size_frames" not in found


@needs_zam
def test_a_compressor_keeps_to_threshold_and_ratio_in_blocks_of_any_size() -> None:
    plugin = Vst3Plugin(ZAM / "ZamComp.vst3", RATE)
    wave = np.sign(np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE + 0.01)).astype(np.float32)[None]
    for loud, expected in ((-40.0, -40.0), (-6.0, -24.0)):
        sound = wave * np.float32(10 ** (loud / 20))
        made = [
            through(plugin, sound, {"threshold_db": -30.0, "ratio": 4.0, "attack_ms": 1.0}, size)
            for size in (64, 1000, 48000)
        ]
        assert all(np.array_equal(made[0], other) for other in made)
        level = 10 * np.log10(np.mean(made[0][0, -4800:].astype(np.float64) ** 2))
        assert level == pytest.approx(expected, abs=0.01)


@needs_zam
def test_what_comes_late_is_put_back() -> None:
    plugin = Vst3Plugin(ZAM / "ZaMaximX2.vst3", RATE)
    click = np.zeros((2, 6000), np.float32)
    click[:, 1000] = 0.5
    made = through(plugin, click, {}, 700)
    assert plugin.latency == 480 and made.shape == click.shape
    assert int(np.abs(made[0]).argmax()) == 1000


@needs_zam
def test_what_makes_no_sense_is_refused() -> None:
    plugin = Vst3Plugin(ZAM / "ZamComp.vst3", RATE)
    with pytest.raises(ValueError, match="takes 1 channels"):
        plugin.process(np.zeros((2, 10), np.float32), {})
    with pytest.raises(ValueError, match="has no parameter volume"):
        plugin.process(np.zeros((1, 10), np.float32), {"volume": 1.0})
    with pytest.raises(ValueError, match="which is no number"):
        plugin.process(np.zeros((1, 10), np.float32), {"ratio": float("inf")})


@needs_pedalboard
def test_a_file_that_is_no_plugin(tmp_path: Path) -> None:
    (tmp_path / "text.vst3").write_text("hello")
    with pytest.raises(ModelFormatError) as refused:
        Vst3Plugin(tmp_path / "text.vst3", RATE)
    assert refused.value.message.startswith("“text.vst3” cannot be opened as a VST3 plugin: ")
    assert str(tmp_path) not in refused.value.message


def test_without_pedalboard_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pedalboard", None)
    with pytest.raises(ModelRunError) as missing:
        Vst3Plugin(Path("/tmp/any.vst3"), RATE)
    assert missing.value.message == MISSING
