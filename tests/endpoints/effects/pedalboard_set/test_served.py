"""pedalboard's own effects over HARP and on the command line, in the sandbox."""

from __future__ import annotations

import importlib.util
import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.harp.controls import Dropdown
from app.plugins.effects import add_effect, add_effects
from app.registry import Registry
from tests.server.running import command
from tests.serving import site
from tests.wire.clients import CLIENTS

RATE = 44100

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pedalboard") is None, reason="pedalboard is not installed: requirements-pedalboard.txt"
)


@pytest.fixture
def take(tmp_path: Path) -> Path:
    wave = np.sign(np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE + 0.01)) * 10 ** (-6 / 20)
    path = tmp_path / "square.wav"
    soundfile.write(path, np.stack([wave, wave / 1000], axis=1), RATE, "FLOAT")
    return path


def levels(source: Path | bytes) -> list[float]:
    sound, rate = soundfile.read(io.BytesIO(source) if isinstance(source, bytes) else source)
    assert rate == RATE and sound.shape == (RATE, 2)
    return list(10 * np.log10(np.mean(sound[-4410:] ** 2, axis=0)))


def test_a_compressor_on_each_channel_over_harp(tmp_path: Path, take: Path) -> None:
    registry = Registry()
    spec = registry.get(add_effect(registry, "pedalboard:Compressor", 60.0))
    assert add_effect(registry, "pedalboard:Compressor", 60.0) == spec.id == "pedalboard/compressor"
    assert spec.reads == () and not spec.trusted and spec.permits == ()
    assert spec.card.licence == "GPLv3" and "under the GPLv3" in spec.card.description
    turned = {"Threshold": -30.0, "Ratio": 4.0, "Attack": 1.0}
    with site(tmp_path / "home", [spec], workers=1) as server:
        client = CLIENTS[-1](f"{server.url}/models/pedalboard/compressor")
        client.load()
        assert [widget.label for widget in client.widgets] == ["Input Audio", "Threshold", "Ratio", "Attack", "Release"]
        for widget in client.widgets:
            widget.value = turned.get(widget.label, widget.value)
        ((_, body),) = client.process(take).files
    assert levels(body) == pytest.approx([-24.0, -66.0], abs=0.05)


def test_one_on_the_command_line(bundled_home: Path, tmp_path: Path, take: Path) -> None:
    out = tmp_path / "out"
    arguments = ("process", "pedalboard:Gain", str(take), "--set", "Gain=-12", "--out", str(out))
    done = subprocess.run(**command(*arguments, home=bundled_home), capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    [made] = out.iterdir()
    assert levels(made) == pytest.approx([-18.0, -78.0], abs=0.05)


def test_which_can_be_had_and_a_line_for_what_cannot() -> None:
    said: list[str] = []
    registry = Registry()
    add_effects(registry, ["pedalboard:LadderFilter", "pedalboard:PitchShift", "pedalboard:Invert"], 60.0, said.append)
    assert list(registry.ids()) == ["pedalboard/ladder-filter", "pedalboard/invert"]
    mode = registry.get("pedalboard/ladder-filter").controls[0]
    assert isinstance(mode, Dropdown) and mode.value == "Low pass, 12 dB per octave" and len(mode.choices) == 6
    [line] = said
    sentence = "There is no effect “pedalboard:PitchShift”; there are pedalboard:Bitcrush, "
    assert line.startswith(f"harpist: left out the plugin pedalboard:PitchShift: {sentence}")
