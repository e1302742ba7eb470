"""Steering by a codec, with tiny random codecs on a hub of our own: installed, tried, and used by HARP."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import soundfile

from endpoints.tagbox.codecs import CODECS, DAC, ENCODEC
from tests.endpoints.tagbox import tiny_codecs
from tests.endpoints.tagbox.toys import tones
from tests.fixtures.stems import write_stated
from tests.hub_server.repositories import Content
from tests.hub_server.server import HubServer, serve_hub
from tests.server.harp import call, upload
from tests.server.manager import install, installed, models, order
from tests.server.running import run_server

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


def test_from_the_card_to_both_tracks_with_one_codec_and_with_another(tmp_path: Path) -> None:
    low, high = tones(1.2, 44100)
    song = tmp_path / "song.wav"
    soundfile.write(song, np.stack([(low + high).numpy(), low.numpy()], 1), 44100, "PCM_16")
    with serve_hub() as hub:
        write_stated(tmp_path / "stated.json", stock(hub, tmp_path))
        stated = {"HF_ENDPOINT": hub.url, "TEST_STATED": str(tmp_path / "stated.json"), "TEST_PREFIX": NAME}
        with run_server(tmp_path / "home", module="tests.server.stems", **stated) as server:
            card = models(server.url)[NAME]
            assert (card["installed"], card["weights"]["lacking"], card["weights"]["asks"]) == (False, "", "")
            assert "needs a graphics card" in card["long"]
            assert f"{ENCODEC.weights.repo}: cc-by-nc-4.0, for non-commercial use only" in card["long"]
            assert install(server.url, NAME)["state"] == "done"
            assert models(server.url)[NAME]["speed"] > 0, "how long a sound takes is known from the trial"
            url = server.model(NAME)
            _, [record] = call(url, "controls", [])
            values = {item["label"]: item.get("value") for item in record["inputs"]}
            assert values["Engine"] == DAC.name and values["Steps"] == 5 and not values["Style"]
            sent = {**values, "Input Audio": upload(url, song)}
            masked = stems_of(call(url, "process", list(sent.values())), song)
            style = stems_of(call(url, "process", list({**sent, "Style": True}.values())), song)
            assert np.array_equal(style[0][:, 0], style[0][:, 1]), "the codec's own sound, in mono"
            assert not np.array_equal(masked[0], style[0])
            kind, failed = call(url, "process", list({**sent, "Engine": ENCODEC.name}.values()))
            assert kind == "error" and f"Install {ENCODEC.weights.repo} on the page" in str(failed)
            answer = order(server.url, "install", model=ENCODEC.weights.repo)
            assert answer.status_code == 403 and "for non-commercial use only" in answer.text
            assert order(server.url, "install", model=ENCODEC.weights.repo, accept_licence=True).status_code == 202
            assert installed(server.url, ENCODEC.weights.repo)[-1]["state"] == "done"
            other = stems_of(call(url, "process", list({**sent, "Engine": ENCODEC.name}.values())), song)
            assert not np.array_equal(masked[0], other[0])


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
