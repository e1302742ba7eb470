"""MusicGen with tiny random weights on a hub of our own: licence asked for, installed, tried, used without a file."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from app.provenance.stamping import provenance_in
from endpoints.musicgen.published import PUBLISHED, SMALL, STEREO_MELODY, weights_of
from tests.endpoints.musicgen import tiny_networks as tiny
from tests.endpoints.musicgen.driving import music
from tests.fixtures.stems import write_stated
from tests.hub_server.repositories import Content
from tests.hub_server.server import HubServer, serve_hub
from tests.server.harp import call, upload
from tests.server.manager import installed, models, order
from tests.server.running import RunningServer, command, run_server

NAME, MODULE = "harpist/musicgen", "tests.server.stems"


def stock(hub: HubServer, folder: Path) -> dict[str, dict[str, Any]]:
    """Put tiny networks on a hub under the published ones' names; returns what is to be stated of each."""
    at, stated = tiny.save(folder, PUBLISHED), {}
    for item in weights_of(PUBLISHED):
        content = {file: (at[item.repo] / file).read_bytes() for file in item.files}
        repository = hub.add(item.repo, content, tags=())
        repository.card["license"], repository.large = item.licence, (".bin", ".safetensors")
        stated[item.repo] = {
            "revision": hub.commit(item.repo),
            "files": list(item.files),
            "sha256": {file: Content(content[file]).sha256 for file in item.sha256},
            "licence": item.licence,
            "size": sum(map(len, content.values())),
        }
    return stated


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    with serve_hub() as hub:
        write_stated(tmp_path / "stated.json", stock(hub, tmp_path / "weights"))
        yield {"HF_ENDPOINT": hub.url, "TEST_STATED": str(tmp_path / "stated.json"), "TEST_PREFIX": NAME}


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path) -> Iterator[RunningServer]:
    with run_server(tmp_path / "home", module=MODULE, **environment) as running:
        yield running


def test_from_the_card_to_the_music(server: RunningServer, environment: dict[str, str], tmp_path: Path) -> None:
    card = models(server.url)[NAME]
    assert not card["installed"] and "never run where this was written" in card["long"]
    others = f"{SMALL.weights.repo} and {len(PUBLISHED) - 1} others"
    assert f"Weights: {others}: cc-by-nc-4.0, for non-commercial use only; " in card["long"]
    answer = order(server.url, "install", model=NAME)
    assert answer.status_code == 403 and "for non-commercial use only" in answer.text
    assert order(server.url, "install", model=NAME, accept_licence=True).status_code == 202
    assert installed(server.url, NAME)[-1]["state"] == "done"
    assert models(server.url)[NAME]["speed"] > 0, "how long a sound takes is known from the trial"
    source, url = music(tmp_path / "song.wav", 1.0), server.model(NAME)
    _, [record] = call(url, "controls", [])
    sent = {item["label"]: item.get("value") for item in record["inputs"]} | {"Seed": 5}
    alone = made(call(url, "process", list({**sent, "Seconds": 2}.values())))
    assert alone.shape == (64000, 1)
    joined = made(call(url, "process", list({**sent, "Input Audio": upload(url, tmp_path / "song.wav")}.values())))
    assert joined.shape == (88200, 2) and np.array_equal(joined[:40000], source[:40000])
    other = {**sent, "Seconds": 2, "Description": "loud drums"}
    assert not np.array_equal(alone, made(call(url, "process", list(other.values()))))
    assert np.array_equal(alone, made(call(url, "process", list({**sent, "Seconds": 2}.values()))))
    kind, failed = call(url, "process", list({**sent, "Seconds": 0.5}.values()))
    assert kind == "error" and "Seconds expects 0 or a number from 1 to 300" in str(failed)
    of_another_version(server, url, sent, tmp_path / "song.wav", tmp_path)
    on_the_command_line(tmp_path / "home", environment, tmp_path, alone)


def of_another_version(server: RunningServer, url: str, sent: dict[str, Any], song: Path, folder: Path) -> None:
    """One that is installed on its own, by what the hub tells of its commit; it makes stereo, and follows a melody."""
    asked = {**sent, "Seconds": 2, "Version": STEREO_MELODY.name}
    kind, failed = call(url, "process", list(asked.values()))
    assert kind == "error" and f"Install {STEREO_MELODY.weights.repo} on the page" in str(failed)
    assert order(server.url, "install", model=STEREO_MELODY.weights.repo, accept_licence=True).status_code == 202
    assert installed(server.url, STEREO_MELODY.weights.repo)[-1]["state"] == "done"
    stereo = made(call(url, "process", list(asked.values())))
    assert stereo.shape == (64000, 2) and not np.array_equal(stereo[:, 0], stereo[:, 1])
    music(folder / "tune.wav", 1.5, channels=1)
    followed = made(call(url, "process", list({**asked, "Melody": upload(url, folder / "tune.wav")}.values())))
    assert followed.shape == (88200, 1), "in the melody's format"
    kind, failed = call(url, "process", list({**asked, "Version": "Small", "Melody": upload(url, song)}.values()))
    assert kind == "error" and "Melody is for a version that follows one" in str(failed)


def on_the_command_line(home: Path, environment: dict[str, str], folder: Path, expected: Any) -> None:
    """The same from the command line, where nothing is sent either."""
    asked = ("process", NAME, "--out", str(folder / "out"), "--set", "seconds=2", "--set", "seed=5")
    how = command(*asked, home=home, module=MODULE, **environment)
    ran = subprocess.run(how.pop("args"), capture_output=True, timeout=300, **how)  # type: ignore[call-overload]
    assert ran.returncode == 0, ran.stderr
    [path] = (folder / "out").iterdir()
    assert ran.stdout.strip() == str(path) and path.name == "Music.wav"
    assert np.array_equal(soundfile.read(path, always_2d=True)[0], expected)
    assert provenance_in(path)[1].generated


def made(answer: tuple[str, list[Any]]) -> Any:
    """Return the sound, ``(samples, channels)``."""
    kind, data = answer
    assert kind == "complete", data
    [item] = data
    return soundfile.read(io.BytesIO(httpx.get(item["url"]).content), always_2d=True)[0]
