"""A VST3 plugin over HARP, in the sandbox."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.plugins.effects import add_effect
from app.registry import Registry
from tests.serving import site
from tests.wire.clients import CLIENTS

PLUGIN = Path("/usr/lib/vst3/ZamComp.vst3")
RATE = 44100

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pedalboard") is None or not PLUGIN.exists(),
    reason="pedalboard or Debian's VST3 plugins are not installed: zam-plugins",
)


def test_a_compressor_on_each_channel(tmp_path: Path) -> None:
    registry = Registry()
    spec = registry.get(add_effect(registry, str(PLUGIN), 60.0))
    assert spec.reads == (str(PLUGIN),) and "GPLv3" in spec.card.description
    wave = np.sign(np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE + 0.01)) * 10 ** (-6 / 20)
    path = tmp_path / "square.wav"
    soundfile.write(path, np.stack([wave, wave / 1000], axis=1), RATE, "FLOAT")
    turned = {"Threshold": -30.0, "Ratio": 4.0, "Attack": 1.0}
    with site(tmp_path / "home", [spec], workers=1) as server:
        client = CLIENTS[-1](f"{server.url}/models/vst3/zamcomp")
        client.load()
        for widget in client.widgets:
            widget.value = turned.get(widget.label, widget.value)
        ((_, body),) = client.process(path).files
    sound, rate = soundfile.read(io.BytesIO(body))
    assert rate == RATE and sound.shape == (RATE, 2)
    loud, quiet = 10 * np.log10(np.mean(sound[-4410:] ** 2, axis=0))
    assert loud == pytest.approx(-24.0, abs=0.05) and quiet == pytest.approx(-66.0, abs=0.05)
