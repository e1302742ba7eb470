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
from app.cli.space import make_space
from app.config import Settings
from app.spaces.folder import write_space
from endpoints.deepafx.encoder import new_encoder
from endpoints.deepafx.folder import Result, write_result
from tests.endpoints.deepafx.toys import COMPRESSOR, chain
from tests.server.harp import begin, call, fetch, upload
from tests.spaces.examples import models
from tests.spaces.requiring import hide_the_rest
from tests.spaces.running import run_space, space_process

NOISE = "harpist/noise-reduction"
PUBLIC = "https://me-my.hf.space"
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
    answer = httpx.get(data[0]["url"].replace(PUBLIC, url), timeout=60)
    result, rate = soundfile.read(io.BytesIO(answer.content))
    assert rate == 44100 and result.shape == (30000, 2) and np.isfinite(result).all()
    assert soundfile.info(io.BytesIO(answer.content)).subtype == "PCM_24"


def try_callers(url: str, folder: Path) -> None:
    """Two callers without a name of their own, behind one proxy: each cancels its own job."""
    soundfile.write(folder / "long.wav", np.zeros((44100 * 600, 1), "float32"), 44100)
    _, card = call(url, "controls", [])
    data = [upload(url, folder / "long.wav"), *(item.get("value") for item in card[0]["inputs"][1:])]

    def post(name: str, address: str, **body: object) -> str:
        events = f"{url}/gradio_api/call/{name}"
        answer = httpx.post(events, json={"data": [], **body}, headers={"X-Forwarded-For": address}, timeout=60)
        return f"{events}/{answer.json()['event_id']}"

    callers = ("203.0.113.7", "203.0.113.8")
    jobs = [post("process", address, data=data) for address in callers]
    for address, job in zip(callers, jobs, strict=True):
        assert fetch(post("cancel", address))[0] == "complete"
        assert fetch(job) == ("error", {"error": "The job was cancelled."})


@pytest.mark.slow
def test_a_gradio_space(bundled_home: Path, tmp_path: Path, sound: Path) -> None:
    write_space(models(bundled_home / "bundled", (NOISE, "harpist/chords")), "gradio", tmp_path / "space")
    known(bundled_home / "bundled", tmp_path / "space", tmp_path / "home", "harpist/chords")
    hidden = hide_the_rest(tmp_path / "space" / "requirements.txt", tmp_path / "hide")
    assert {"pytest", "gradio"} & hidden == {"pytest"}
    # With a domain of its own, which Hugging Face names beside the Space's.
    variables = {"PYTHONPATH": str(tmp_path / "hide"), "SPACE_HOST": "me-my.hf.space,my.example.org"}
    with run_space(tmp_path / "space", tmp_path / "home", HARPIST_WORKERS="1", **variables) as (url, lines):
        assert [line for line in lines if line.startswith("  ")] == [f"  {PUBLIC}"], "all that HARP reaches of a Space"
        try_harp(url, sound)
        _, data = call(url, "controls", [])
        assert data[0]["card"]["description"].endswith(f"\n\n{PUBLIC} lists 1 more model, for the browser.")
        kind, data = call(f"{url}/models/harpist/chords", "controls", [])
        assert kind == "complete" and data[0]["card"]["name"] == "Chords"
        page = httpx.get(url).text
        assert "Noise Reduction" in page and "<script" not in page, "nothing is installed into a Space"
        assert re.findall("<code>(.*?)</code>", page) == [PUBLIC] and "For the browser, not for HARP" in page
        try_callers(url, tmp_path)
        assert httpx.post(f"{url}/manager/install", json={"model": "a/b"}).status_code == 404
        assert [item["id"] for item in httpx.get(f"{url}/catalogue").json()["endpoints"]] == [NOISE, "harpist/chords"]
    assert not [line for line in lines if "Traceback" in line], "\n".join(lines)


@pytest.mark.slow
def test_a_space_of_something_learnt(tmp_path: Path, sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = chain(COMPRESSOR)
    write_result(tmp_path / "even", Result(plan, new_encoder(len(plan.knobs), 1), "Even", "mit", {}))
    settings = Settings(home=tmp_path / "made-at")
    assert make_space(settings, [str(tmp_path / "even")], tmp_path / "space", "gradio", "") == 0, capsys.readouterr()
    hide_the_rest(tmp_path / "space" / "requirements.txt", tmp_path / "hide")
    (tmp_path / "even").rename(tmp_path / "elsewhere")
    variables = {"PYTHONPATH": str(tmp_path / "hide"), "HARPIST_WORKERS": "1"}
    with run_space(tmp_path / "space", tmp_path / "home", **variables) as (url, lines):
        _, data = call(url, "controls", [])
        assert data[0]["card"]["name"] == "Even", lines
        values = [item.get("value") for item in data[0]["inputs"][1:]]
        kind, data = call(url, "process", [upload(url, sound), *values])
        assert kind == "complete", data
        result, rate = soundfile.read(io.BytesIO(httpx.get(data[0]["url"], timeout=60).content))
        assert rate == 44100 and result.shape == (30000, 2) and np.isfinite(result).all()
    assert not [line for line in lines if "Traceback" in line], "\n".join(lines)


@pytest.mark.slow
def test_a_space_whose_model_cannot_be_served_ends_and_says_why(bundled_home: Path, tmp_path: Path) -> None:
    write_space(models(bundled_home / "bundled", (NOISE,)), "gradio", tmp_path / "space")
    (tmp_path / "space" / "models" / NOISE / "model.pt").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    for variables, sentence in (
        ({"HARPIST_WORKERS": "many"}, "harpist: The setting workers expects a whole number (processes), not “many”."),
        ({}, f"There is no model “{NOISE}” on this server to answer at its own address."),
    ):
        with space_process(tmp_path / "space", tmp_path / "home", **variables) as server:
            assert server.process.wait(60) == 1
        printed = "\n".join(server.lines)
        assert sentence in printed and "Traceback" not in printed


@pytest.mark.slow
def test_a_zerogpu_space_runs_without_zerogpu(bundled_home: Path, tmp_path: Path, sound: Path) -> None:
    write_space(models(bundled_home / "bundled", (NOISE,)), "zerogpu", tmp_path / "space")
    known(bundled_home / "bundled", tmp_path / "space", tmp_path / "home")
    with run_space(tmp_path / "space", tmp_path / "home") as (url, _):
        try_harp(url, sound)


@pytest.mark.slow
def test_a_zerogpu_space_takes_its_gpu_for_each_job(bundled_home: Path, tmp_path: Path, sound: Path) -> None:
    write_space(models(bundled_home / "bundled", (NOISE,)), "zerogpu", tmp_path / "space")
    known(bundled_home / "bundled", tmp_path / "space", tmp_path / "home")
    log = tmp_path / "log"
    variables = {"PYTHONPATH": str(FAKE_SPACES), "SPACES_ZERO_GPU": "true", "FAKE_SPACES_LOG": str(log)}
    with run_space(tmp_path / "space", tmp_path / "home", SPACE_HOST="me-my.hf.space", **variables) as (url, lines):
        told = log.read_text().splitlines()
        assert told == ["GPU", "startup"], lines
        _, data = call(url, "controls", [])
        values = [item.get("value") for item in data[0]["inputs"][1:]]
        track = upload(url, sound)
        kind, data = call(url, "process", [track, *values], client="tab")
        assert kind == "complete", data
        address = data[0]["url"]
        assert address.startswith(f"{PUBLIC}/"), "as HARP reaches a Space"
        answer = httpx.get(address.replace(PUBLIC, url))
        assert soundfile.read(io.BytesIO(answer.content))[0].shape == (30000, 2)
        asked, called = log.read_text().splitlines()[2:]
        assert asked == "asks for 30 s"
        found = re.fullmatch(r"call tab=tab pid=(\d+) (\d+)", called)
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
        assert "asks for 120 s" in log.read_text(), "as much as one may, for ten minutes of sound"
        log.with_name("late").touch()
        kind, data = call(url, "process", [track, *values])
        assert kind == "error" and data["error"].endswith(
            "longer than ZeroGPU lends its GPU ends so: try a shorter one."
        )
        log.with_name("quota").touch()
        kind, data = call(url, "process", [track, *values])
        assert (kind, data) == ("error", {"error": "You have exceeded your ZeroGPU quota."})
