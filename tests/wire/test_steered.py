"""Steered separation in every version of HARP, with a stranger's labeler among those who listen; and cancelled."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
import torch

from app.installs.labelers import offer_labelers
from app.plugins.own import own_endpoints
from app.sources import IN_PYTHON
from tests.endpoints.tagbox.tone_labeler import save_labeler
from tests.endpoints.tagbox.toys import ratio, tones
from tests.server.harp import call, upload
from tests.serving import Site, site
from tests.wire.cancelling import cancelled_in_the_middle
from tests.wire.clients import CLIENTS, HarpClient

NAME, LABELER = "harpist/steered-separation", "someone/tones"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("server")
    [spec] = own_endpoints({NAME: IN_PYTHON[NAME]}, folder / "kept.json", 120.0, print)
    # HARP sends what stands there at first.
    quick = {"steps": 5, "tagger": ("FCN",)}
    inputs = tuple(
        replace(one, value=quick[one.name]) if getattr(one, "name", "") in quick else one for one in spec.inputs
    )
    with site(folder / "home", [replace(spec, inputs=inputs)], workers=1) as made:
        labeler = save_labeler(folder / "labeler")
        made.registry.add_folder(LABELER, labeler, labeler / "profile.json")
        assert offer_labelers(made.registry) == (NAME,)
        yield made


@pytest.fixture
def take(tmp_path: Path) -> Path:
    low, high = tones(1.5, 44100)
    path = tmp_path / "take.wav"
    soundfile.write(path, np.stack([(low + high).numpy()] * 2, 1), 44100, "PCM_16")
    return path


@pytest.mark.parametrize("kind", CLIENTS, ids=lambda kind: kind.version)
def test_both_tracks_and_the_opinion_reach_harp(kind: type[HarpClient], server: Site, take: Path) -> None:
    client = kind(f"{server.url}/models/{NAME}")
    client.load()
    if "dropdown" in kind.kinds:
        tagger = next(widget for widget in client.widgets if widget.label == "Tagger")
        assert tagger.choices == ["musicnn", "FCN", "musicnn MSD", LABELER]
    found = client.process(take)
    assert [name for name, _ in found.files][:2] == ["take-Drums.wav", "take-rest.wav"]
    stems = [soundfile.read(io.BytesIO(data), dtype="int16")[0].astype(int) for _, data in found.files[:2]]
    assert np.array_equal(stems[0] + stems[1], soundfile.read(take, dtype="int16")[0])
    assert [label["label"].split()[0] for label in found.labels] == ["drums"]


def test_a_strangers_labeler_listens_to_own_tags(server: Site, take: Path, tmp_path: Path) -> None:
    url = f"{server.url}/models/{NAME}"
    values = values_of(url)
    sent = {**values, "Input Audio": upload(url, take), "Tagger": [LABELER], "Own tags": "Low tone", "Steps": 30}
    kind, data = call(url, "process", list(sent.values()))
    assert kind == "complete", data
    low, high = tones(1.5, 44100)
    brought = fetched(data[0]["url"], tmp_path / "brought.wav")[:, 0]
    assert ratio(low, brought) > ratio(low, low + high) + 10
    kind, data = call(url, "process", list({**sent, "Own tags": "", "Bring out": "Harp"}.values()))
    assert kind == "error" and f"None of {LABELER} has a word for “Harp”; they know high tone, hiss, low tone" in str(
        data
    )
    kind, data = call(url, "process", list({**sent, "Tagger": []}.values()))
    assert kind == "error" and "Tagger expects at least one choice" in str(data)


def test_a_cancel_in_the_middle_of_steering_ends_its_computing(server: Site, tmp_path: Path) -> None:
    low, high = tones(40.0, 44100)
    song = tmp_path / "song.wav"
    soundfile.write(song, (low + high).numpy(), 44100, "PCM_16")
    url = f"{server.url}/models/{NAME}"
    sent = {**values_of(url), "Input Audio": upload(url, song), "Tagger": ["FCN"], "Steps": 300}
    cancelled_in_the_middle(server, url, list(sent.values()), "step", 0.5)


def values_of(url: str) -> dict[str, object]:
    _, [record] = call(url, "controls", [])
    return {item["label"]: item.get("value") for item in record["inputs"]}


def fetched(url: str, path: Path) -> torch.Tensor:
    path.write_bytes(httpx.get(url).content)
    return torch.from_numpy(soundfile.read(path, dtype="float32")[0])
