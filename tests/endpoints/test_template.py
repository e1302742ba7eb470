"""The template is an endpoint that works, and that nobody is served."""

from __future__ import annotations

import io
from pathlib import Path

import httpx
import numpy as np
import soundfile

from app.plugins.asking import ask
from endpoints.bundled import NAMES
from tests.server.harp import call, upload
from tests.serving import site


def test_the_template_works_as_it_stands(tmp_path: Path) -> None:
    spec = ask("you/template", "endpoints.template:Template", (), 60.0)
    assert spec.controls[0].unit in spec.controls[0].info.lower() and spec.card.licence
    sound = tmp_path / "take.flac"
    time = np.arange(50_000)[:, None] / 48000
    samples = 0.5 * np.sin(2 * np.pi * np.array([440.0, 660.0]) * time) * np.hanning(50_000)[:, None]
    soundfile.write(sound, samples, 48000, "PCM_24")
    with site(tmp_path / "home", [spec], workers=1) as server:
        url = f"{server.url}/models/you/template"
        assert call(url, "controls", [])[1][0]["card"]["name"] == "Template"
        results = {}
        for level in (0.0, -20.0, 12.0):
            kind, data = call(url, "process", [upload(url, sound), level])
            assert kind == "complete", data
            # What is too loud for integers keeps its level as floats, which FLAC cannot hold.
            assert data[0]["url"].endswith("take-louder.wav" if level > 0 else "take-louder.flac")
            results[level], rate = soundfile.read(io.BytesIO(httpx.get(data[0]["url"]).content))
            assert rate == 48000
    assert np.abs(results[-20.0] - samples / 10).max() < 1e-3
    assert np.abs(results[12.0] - samples * 10 ** (12 / 20)).max() < 1e-3
    assert np.abs(results[0.0] - samples).max() < 1e-3


def test_the_template_is_not_served() -> None:
    assert "template" not in NAMES
