"""Both endpoints as a client meets them: described from outside, run in a sandboxed worker."""

from __future__ import annotations

import io
from pathlib import Path

import httpx
import pytest
import soundfile

from app.plugins.own import own_endpoints
from app.sources import IN_PYTHON
from tests.endpoints.loudness.measuring import measured, music
from tests.server.harp import call, upload
from tests.serving import site


def test_a_region_is_measured_and_brought_to_a_target(tmp_path: Path) -> None:
    path = tmp_path / "take.flac"
    sound = music(4, 44100)
    soundfile.write(path, sound.T, 44100, "PCM_24")
    before = measured(sound, 44100)
    specs = own_endpoints(IN_PYTHON, tmp_path / "kept.json", 60.0, print)
    with site(tmp_path / "home", specs, workers=1) as server:
        url = f"{server.url}/models/harpist/loudness"
        kind, data = call(url, "process", [upload(url, path), 3.0, -12.0])
        assert kind == "complete", data
        _, course, summary = data
        assert summary["labels"][0]["label"].startswith(f"{before.integrated():.1f} LUFS")
        assert any(label["label"].startswith("over: ") for label in course["labels"])

        url = f"{server.url}/models/harpist/loudness-normalization"
        target = round(before.integrated() - 4.0, 1)
        kind, data = call(url, "process", [upload(url, path), target, -1.0, "Stay quieter"])
        assert kind == "complete", data
        assert data[0]["url"].endswith("take-normalized.flac")
        result, rate = soundfile.read(io.BytesIO(httpx.get(data[0]["url"]).content), dtype="float32")
        assert measured(result.T, rate).integrated() == pytest.approx(target, abs=0.02)
        kind, data = call(url, "process", [upload(url, path), -60.0, -1.0, "Stay quieter"])
        assert kind == "error" and data["error"].startswith("Target loudness expects a number from -40 to -5 (LUFS)")
