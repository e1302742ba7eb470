"""VampNet with tiny random weights on a hub of our own: its licence asked for, installed, tried, used by HARP."""

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
from app.weights import BRANCH
from endpoints.vampnet.published import BASE, DRUM_AND_BASS, DUB, PUBLISHED
from tests.endpoints.vampnet import tiny_networks as tiny
from tests.endpoints.vampnet.driving import music
from tests.fixtures.stems import write_stated
from tests.hub_server.repositories import Content
from tests.hub_server.server import HubServer, serve_hub
from tests.server.harp import call, upload
from tests.server.manager import installed, models, order
from tests.server.running import RunningServer, command, run_server

NAME, MODULE = "harpist/vampnet", "tests.server.stems"


def stock(hub: HubServer, folder: Path) -> dict[str, dict[str, Any]]:
    """Put tiny networks on a hub under the published ones' names; returns what is to be stated of each."""
    stated = {}
    for seed, one in enumerate(PUBLISHED, 1):
        at, item = folder / str(seed), one.weights
        tiny.save(at / one.folder, seed)
        content = {file: (at / file).read_bytes() for file in item.files}
        repository = hub.add(item.repo, content, tags=())
        repository.card["license"], repository.large = item.licence, (".pth",)
        stated[item.repo] = {
            "revision": BRANCH if item.revision == BRANCH else hub.commit(item.repo),
            "files": list(item.files),
            "sha256": {file: Content(data).sha256 for file, data in content.items()},
            "licence": item.licence,
            "size": sum(map(len, content.values())),
        }
    return stated


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    with serve_hub() as hub:
        write_stated(tmp_path / "stated.json", stock(hub, tmp_path))
        yield {"HF_ENDPOINT": hub.url, "TEST_STATED": str(tmp_path / "stated.json"), "TEST_PREFIX": NAME}


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path) -> Iterator[RunningServer]:
    with run_server(tmp_path / "home", module=MODULE, **environment) as running:
        yield running


def test_from_the_card_to_the_variations_of_two_models(
    server: RunningServer, environment: dict[str, str], tmp_path: Path
) -> None:
    source = music(tmp_path / "song.wav", 1.0)
    card = models(server.url)[NAME]
    assert not card["installed"] and "needs a graphics card" in card["long"].lower()
    of_one_licence = f"{BASE.weights.repo}, {DRUM_AND_BASS.weights.repo}"
    assert f"Weights: {of_one_licence}: cc-by-nc-sa-4.0, for non-commercial use only; " in card["long"]
    answer = order(server.url, "install", model=NAME)
    assert answer.status_code == 403 and "for non-commercial use only" in answer.text
    assert order(server.url, "install", model=NAME, accept_licence=True).status_code == 202
    assert installed(server.url, NAME)[-1]["state"] == "done"
    assert models(server.url)[NAME]["speed"] > 0, "how long a sound takes is known from the trial"
    url = server.model(NAME)
    _, [record] = call(url, "controls", [])
    sent = {item["label"]: item.get("value") for item in record["inputs"]}
    sent |= {"Input Audio": upload(url, tmp_path / "song.wav"), "Sampling steps": 3, "Seed": 5}
    first = sounds(call(url, "process", list(sent.values())), source)
    kind, failed = call(url, "process", list({**sent, "Model": DUB.name}.values()))
    assert kind == "error" and f"Install {DUB.weights.repo} on the page" in str(failed)
    assert order(server.url, "install", model=DUB.weights.repo, accept_licence=True).status_code == 202
    assert installed(server.url, DUB.weights.repo)[-1]["state"] == "done"
    dub = sounds(call(url, "process", list({**sent, "Model": DUB.name}.values())), source)
    assert not np.array_equal(first[0], dub[0])
    assert np.array_equal(first[0], sounds(call(url, "process", list(sent.values())), source)[0])
    on_the_command_line(tmp_path / "home", environment, tmp_path, first)


def on_the_command_line(home: Path, environment: dict[str, str], folder: Path, expected: list[Any]) -> None:
    """The same from the command line."""
    settings = ("--set", "rounds=3", "--set", "Seed=5")
    asked = ("process", NAME, str(folder / "song.wav"), "--out", str(folder / "out"), *settings)
    how = command(*asked, home=home, module=MODULE, **environment)
    ran = subprocess.run(how.pop("args"), capture_output=True, timeout=300, **how)  # type: ignore[call-overload]
    assert ran.returncode == 0, ran.stderr
    names = ["song-Variation 1.wav", "song-Variation 2.wav", "song-Variation 3.wav", "song-labels.txt"]
    written = [Path(line) for line in ran.stdout.splitlines()]
    assert [path.name for path in written][:4] == names
    for path, sound in zip(written, expected):
        assert np.array_equal(soundfile.read(path)[0], sound) and provenance_in(path)[1].generated


def sounds(answer: tuple[str, list[Any]], source: Any) -> list[Any]:
    """Return the variations, once they were seen to be as long as the music, and two of them to differ."""
    kind, data = answer
    assert kind == "complete", data
    assert [label["label"] for label in data[3]["labels"]] == ["made anew"]
    found = [soundfile.read(io.BytesIO(httpx.get(item["url"]).content))[0] for item in data[:3]]
    assert all(sound.shape == source.shape for sound in found)
    assert not np.array_equal(found[0], found[1]) and np.array_equal(found[0], found[2])
    return found
