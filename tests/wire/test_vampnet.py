"""VampNet in every version of HARP, with tiny networks; what is generated says so; and cancelled."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.plugins.own import own_endpoints
from app.provenance.stamping import provenance_in
from app.sources import IN_PYTHON
from endpoints.vampnet.published import PUBLISHED
from tests.endpoints.vampnet import tiny_networks as tiny
from tests.endpoints.vampnet.driving import music
from tests.server.harp import call, upload
from tests.serving import Site, site
from tests.wire.cancelling import cancelled_in_the_middle
from tests.wire.clients import CLIENTS, HarpClient

NAME = "harpist/vampnet"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("server")
    [spec] = own_endpoints({NAME: IN_PYTHON[NAME]}, folder / "kept.json", 120.0, print)
    at = {}
    for seed, one in enumerate(PUBLISHED, 1):
        at[one.weights.repo] = str(folder / str(seed))
        tiny.save(folder / str(seed) / one.folder, seed)
    # HARP sends what stands there at first.
    quick = {"rounds": 3.0, "seed": 5.0}
    inputs = tuple(
        replace(one, value=quick[one.name]) if getattr(one, "name", "") in quick else one for one in spec.inputs
    )
    with site(folder / "home", [replace(spec, inputs=inputs, weights_at=at)], workers=1, no_provenance=False) as made:
        yield made


@pytest.mark.parametrize("kind", CLIENTS, ids=lambda kind: kind.version)
def test_variations_reach_harp(kind: type[HarpClient], server: Site, tmp_path: Path) -> None:
    source = music(tmp_path / "take.wav", 1.0, 48000)
    client = kind(f"{server.url}/models/{NAME}")
    client.load()
    found = client.process(tmp_path / "take.wav")
    names = [name for name, _ in found.files]
    assert names[: min(3, len(names))] == [f"take-variation-{number}.wav" for number in (1, 2, 3)][: len(names)]
    sounds = []
    for _, data in found.files[:3]:
        sound, rate = soundfile.read(io.BytesIO(data), always_2d=True)
        assert (rate, sound.shape, soundfile.info(io.BytesIO(data)).subtype) == (48000, source.shape, "PCM_24")
        sounds.append(sound)
    assert np.abs(sounds[0] - source).max() > 0.1
    (tmp_path / "found.wav").write_bytes(found.files[0][1])
    told = provenance_in(tmp_path / "found.wav")[1]
    assert told.generated and told.licence == "mit, cc-by-nc-sa-4.0"


def test_a_cancel_in_the_middle_ends_its_computing(server: Site, tmp_path: Path) -> None:
    music(tmp_path / "song.wav", 40.0)
    url = f"{server.url}/models/{NAME}"
    _, [record] = call(url, "controls", [])
    sent = {item["label"]: item.get("value") for item in record["inputs"]}
    sent |= {"Input Audio": upload(url, tmp_path / "song.wav"), "Sampling steps": 128, "Feedback passes": 8}
    cancelled_in_the_middle(server, url, list(sent.values()), "coarse, round", 0.2)
