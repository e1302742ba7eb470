"""Models of one's own: folders, the hub, and what is left out with a sentence."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from app.harp.labels import contrast_with_white
from tests.audacitorch.models import EFFECT, save
from tests.fixtures.models.half import Half
from tests.hub_server.server import serve_hub
from tests.server.harp import call, upload
from tests.server.running import RunningServer, run_server
from tests.wire.clients import Harp14, Harp30, Harp40, HarpClient
from tests.wire.drawing import ABOVE

FILES = ("model.pt", "metadata.json", "README.md")


@pytest.fixture(scope="module")
def server(bundled_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with a model of the hub, a folder, a folder that holds none, and a repository that is not there."""
    folder = tmp_path_factory.mktemp("models")
    save(Half(), EFFECT, folder / "from-hub")
    (folder / "My voice").mkdir()
    for file in FILES:
        shutil.copy(bundled_home / "bundled" / "harpist" / "voice-activity" / file, folder / "My voice" / file)
    (folder / "broken").mkdir()
    (folder / "broken" / "model.pt").write_bytes(b"PK not a model")
    (folder / "broken" / "metadata.json").write_text('{"sample_rate": 16000, "effect_type": "waveform-to-waveform"}')
    with serve_hub() as hub:
        hub.add("someone/half", folder / "from-hub")
        flags = [f"--model={model}" for model in ("someone/half", folder / "My voice", folder / "broken", "no/where")]
        environment = {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        with run_server(bundled_home, *flags, **environment) as running:
            yield running


def test_a_model_of_the_hub_runs(server: RunningServer, tmp_path: Path) -> None:
    path = tmp_path / "mix.wav"
    soundfile.write(path, 0.1 * np.random.default_rng(0).standard_normal((44100, 2)), 44100)
    base = server.model("someone/half")
    (listing,) = call(base, "controls", [])[1]
    kind, data = call(base, "process", [upload(base, path), *(item["value"] for item in listing["inputs"][1:])])
    assert kind == "complete", data
    assert [httpx.get(item["url"]).status_code for item in data] == [200]


def test_a_folder_is_served_under_its_own_name(server: RunningServer) -> None:
    kind, data = call(server.model("local/My-voice"), "controls", [])
    assert kind == "complete"
    assert data[0]["card"]["name"] == "Voice Activity"
    labels = [item["label"] for item in data[0]["inputs"]]
    assert {"Method", "Confidence threshold"} <= set(labels), "learnt by trying it once"


def test_what_cannot_be_served_costs_a_sentence_and_nothing_else(server: RunningServer) -> None:
    left_out = [line for line in server.lines if line.startswith("harpist: left out ")]
    assert len(left_out) == 2
    assert left_out[0].startswith("harpist: left out no/where: no/where was not found, or is private")
    assert left_out[1].startswith("harpist: left out local/broken: model.pt is not a TorchScript model")
    assert call(server.url, "controls", [])[0] == "complete"
    assert httpx.post(f"{server.model('local/broken')}/gradio_api/call/controls", json={"data": []}).status_code == 404


@pytest.mark.parametrize("name", ["onsets-beats", "chords", "pitch-notes", "voice-activity"])
@pytest.mark.parametrize("kind", [Harp14, Harp30, Harp40], ids=lambda kind: kind.version)
def test_every_label_of_a_bundled_model_is_seen_in_harp(
    server: RunningServer, bundled_home: Path, name: str, kind: type[HarpClient]
) -> None:
    example = bundled_home / "bundled" / "harpist" / name / "example.wav"
    client = kind(server.model(f"harpist/{name}"))
    client.load()
    result = client.process(example, "Übung 1.wav")
    *notes, sound = result.files
    assert sound == ("Übung 1.wav", example.read_bytes()), "up to 2.2, the last file takes the input's place"
    assert [(file, content[:4]) for file, content in notes] == [("Übung 1-notes.mid", b"MThd")] * (
        name == "pitch-notes"
    )
    assert len(result.seen) == len(result.labels) > 0, "labels that nobody sees"
    assert all(contrast_with_white(label.colour) >= 4.5 for label in result.seen)
    if name == "onsets-beats":
        assert {label.text: label.height for label in result.seen} == {"onset": ABOVE, "beat": 0.5, "downbeat": 0.2}
