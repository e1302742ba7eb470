"""Generated Spaces serve HARP at their root, from their own files alone."""

from __future__ import annotations

import io
import re
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from app.audacitorch.profile import read_profile, write_profile
from app.spaces.folder import write_space
from tests.server.harp import begin, call, fetch, upload
from tests.spaces.examples import models
from tests.spaces.running import run_space

NOISE = "harpist/noise-reduction"
FAKE_SPACES = Path(__file__).parent / "fake_spaces"


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "take.wav"
    soundfile.write(path, 0.1 * np.random.default_rng(1).standard_normal((30000, 2)), 44100, "PCM_24")
    return path


def known(bundled: Path, space: Path, home: Path, model: str = NOISE) -> None:
    """Leave behind what an earlier start has measured of a model: only one test here need try one anew."""
    profile = read_profile(bundled / model / "profile.json", bundled / model)
    assert profile is not None
    kept = home / ".harpist" / "profiles" / f"{model.replace('/', '--')}.json"
    kept.parent.mkdir(parents=True)
    write_profile(kept, profile, space / "models" / model)


def try_harp(url: str, sound: Path) -> None:
    """HARP's calls at the root: the card, a job, its file."""
    kind, data = call(url, "controls", [])
    assert kind == "complete" and data[0]["card"]["name"] == "Noise Reduction"
    assert "category:enhancement" in data[0]["card"]["tags"]
    values = [item.get("value") for item in data[0]["inputs"][1:]]
    kind, data = call(url, "process", [upload(url, sound), *values])
    assert kind == "complete", data
    answer = httpx.get(data[0]["url"], timeout=60)
    result, rate = soundfile.read(io.BytesIO(answer.content))
    assert rate == 44100 and result.shape == (30000, 2) and np.isfinite(result).all()
    assert soundfile.info(io.BytesIO(answer.content)).subtype == "PCM_24"


def test_a_gradio_space(bundled_home: Path, tmp_path: Path, sound: Path) -> None:
    write_space(models(bundled_home / "bundled", (NOISE, "harpist/chords")), "gradio", tmp_path / "space")
    known(bundled_home / "bundled", tmp_path / "space", tmp_path / "home", "harpist/chords")
    with run_space(tmp_path / "space", tmp_path / "home", HARPIST_WORKERS="1") as (url, lines):
        try_harp(url, sound)
        kind, data = call(f"{url}/models/harpist/chords", "controls", [])
        assert kind == "complete" and data[0]["card"]["name"] == "Chords"
        page = httpx.get(url).text
        assert "Noise Reduction" in page and "<script" not in page, "nothing is installed into a Space"
        assert httpx.post(f"{url}/manager/install", json={"model": "a/b"}).status_code == 404
        assert [item["id"] for item in httpx.get(f"{url}/catalogue").json()["endpoints"]] == [NOISE, "harpist/chords"]
    assert not [line for line in lines if "Traceback" in line], "\n".join(lines)


def test_a_zerogpu_space_runs_without_zerogpu(bundled_home: Path, tmp_path: Path, sound: Path) -> None:
    write_space(models(bundled_home / "bundled", (NOISE,)), "zerogpu", tmp_path / "space")
    known(bundled_home / "bundled", tmp_path / "space", tmp_path / "home")
    with run_space(tmp_path / "space", tmp_path / "home") as (url, _):
        try_harp(url, sound)


def test_a_zerogpu_space_takes_its_gpu_for_each_job(bundled_home: Path, tmp_path: Path, sound: Path) -> None:
    write_space(models(bundled_home / "bundled", (NOISE,)), "zerogpu", tmp_path / "space")
    known(bundled_home / "bundled", tmp_path / "space", tmp_path / "home")
    log = tmp_path / "log"
    variables = {"PYTHONPATH": str(FAKE_SPACES), "SPACES_ZERO_GPU": "true", "FAKE_SPACES_LOG": str(log)}
    with run_space(tmp_path / "space", tmp_path / "home", SPACE_HOST="me-my.hf.space", **variables) as (url, lines):
        told = log.read_text().splitlines()
        assert told == ["GPU 120", "startup"], lines
        _, data = call(url, "controls", [])
        values = [item.get("value") for item in data[0]["inputs"][1:]]
        track = upload(url, sound)
        kind, data = call(url, "process", [track, *values], client="tab")
        assert kind == "complete", data
        address = data[0]["url"]
        assert address.startswith("https://me-my.hf.space/"), "as HARP reaches a Space"
        answer = httpx.get(address.replace("https://me-my.hf.space", url))
        assert soundfile.read(io.BytesIO(answer.content))[0].shape == (30000, 2)
        found = re.fullmatch(r"call tab=tab pid=(\d+) (\d+)", log.read_text().splitlines()[2])
        assert found and found[1] != found[2], "a process of its own, which knows the visitor"
        # A file that is no sound: the model's own sentence comes back from that process.
        (tmp_path / "text.wav").write_text("no sound")
        kind, data = call(url, "process", [upload(url, tmp_path / "text.wav"), *values])
        assert kind == "error" and "sound" in data["error"], data
        long = tmp_path / "long.wav"
        soundfile.write(long, np.zeros((44100 * 600, 1), "float32"), 44100)
        event = begin(url, "process", [upload(url, long), *values], client="tab")
        assert call(url, "cancel", [], client="tab")[0] == "complete"
        kind, data = fetch(event)
        assert (kind, data) == ("error", {"error": "The job was cancelled."})
        log.with_name("quota").touch()
        kind, data = call(url, "process", [track, *values])
        assert (kind, data) == ("error", {"error": "You have exceeded your ZeroGPU quota."})
