"""Steering by a codec, with tiny random codecs on a hub of our own: installed, tried, and used by HARP."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from endpoints.tagbox.codecs import CODECS, DAC, ENCODEC
from tests.endpoints.tagbox import tiny_codecs
from tests.endpoints.tagbox.toys import tones
from tests.fixtures.stems import write_stated
from tests.hub_server.repositories import Content
from tests.hub_server.server import HubServer, serve_hub
from tests.server.harp import call, upload
from tests.server.manager import install, installed, models, order
from tests.server.running import RunningServer, run_server

tiny_codecs.needs_transformers()

NAME = "harpist/steered-codec"


def stock(hub: HubServer, folder: Path) -> dict[str, dict[str, Any]]:
    """Put tiny codecs on a hub under the names of the published ones; returns what is to be stated of each."""
    stated = {}
    for seed, codec in enumerate(CODECS):
        tiny_codecs.save(codec, folder / codec.family, seed)
        content = {file: (folder / codec.family / file).read_bytes() for file in codec.weights.files}
        repository = hub.add(codec.weights.repo, content, tags=())
        repository.card["license"], repository.large = codec.weights.licence, (".safetensors",)
        stated[codec.weights.repo] = {
            "revision": hub.commit(codec.weights.repo),
            "files": list(codec.weights.files),
            "sha256": {file: Content(data).sha256 for file, data in content.items()},
            "licence": codec.weights.licence,
            "size": sum(map(len, content.values())),
        }
    return stated


@pytest.fixture
def song(tmp_path: Path) -> Path:
    low, high = tones(1.2, 44100)
    path = tmp_path / "song.wav"
    soundfile.write(path, np.stack([(low + high).numpy(), low.numpy()], 1), 44100, "PCM_16")
    return path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with serve_hub() as hub:
        write_stated(tmp_path / "stated.json", stock(hub, tmp_path))
        stated = {"HF_ENDPOINT": hub.url, "TEST_STATED": str(tmp_path / "stated.json"), "TEST_PREFIX": NAME}
        with run_server(tmp_path / "home", module="tests.server.stems", **stated) as running:
            yield running


def sent_to(server: RunningServer, song: Path) -> dict[str, object]:
    """What HARP sends as it stands there at first, by label."""
    url = server.model(NAME)
    _, [record] = call(url, "controls", [])
    return {item["label"]: item.get("value") for item in record["inputs"]} | {"Input Audio": upload(url, song)}


def test_from_the_card_to_both_tracks(server: RunningServer, song: Path) -> None:
    card = models(server.url)[NAME]
    assert (card["installed"], card["weights"]["lacking"], card["weights"]["asks"]) == (False, "", "")
    assert "needs a graphics card" in card["long"]
    assert f"{ENCODEC.weights.repo}: cc-by-nc-4.0, for non-commercial use only" in card["long"]
    assert install(server.url, NAME)["state"] == "done"
    assert models(server.url)[NAME]["speed"] > 0, "how long a sound takes is known from the trial"
    sent = sent_to(server, song)
    assert sent["Engine"] == DAC.name and sent["Steps"] == 5 and not sent["Style"]
    stems_of(call(server.model(NAME), "process", list(sent.values())), song)
    kind, failed = call(server.model(NAME), "process", list({**sent, "Engine": ENCODEC.name}.values()))
    assert kind == "error" and f"Install {ENCODEC.weights.repo} on the page" in str(failed)


@pytest.mark.slow  # one codec: above; both in one process: tests/endpoints/tagbox/test_codec_endpoint.py
def test_one_more_codec_once_its_licence_is_accepted(server: RunningServer, song: Path) -> None:
    assert install(server.url, NAME)["state"] == "done"
    answer = order(server.url, "install", model=ENCODEC.weights.repo)
    assert answer.status_code == 403 and "for non-commercial use only" in answer.text
    assert order(server.url, "install", model=ENCODEC.weights.repo, accept_licence=True).status_code == 202
    assert installed(server.url, ENCODEC.weights.repo)[-1]["state"] == "done"
    sent, url = sent_to(server, song), server.model(NAME)
    dac = stems_of(call(url, "process", list(sent.values())), song)
    encodec = stems_of(call(url, "process", list({**sent, "Engine": ENCODEC.name}.values())), song)
    assert not np.array_equal(dac[0], encodec[0])


def stems_of(answer: tuple[str, list[Any]], song: Path) -> list[Any]:
    """Return what was brought out and the rest, as integers, once both were seen to sum to the song."""
    kind, data = answer
    assert kind == "complete", data
    assert [item["url"].rpartition("-")[2] for item in data[:2]] == ["Drums.wav", "rest.wav"]
    assert "The tagger hears drums at" in data[0]["notice"]
    assert data[2]["labels"][0]["label"].startswith("drums ")
    found = [soundfile.read(io.BytesIO(httpx.get(item["url"]).content), dtype="int16")[0] for item in data[:2]]
    assert np.array_equal(found[0].astype(int) + found[1], soundfile.read(song, dtype="int16")[0])
    return found
