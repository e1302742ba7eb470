"""MusicGen in every version of HARP, with tiny networks; what is generated says so; and cancelled."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.harp.controls import AudioTrack
from app.plugins.own import own_endpoints
from app.provenance.stamping import provenance_in
from app.sources import IN_PYTHON
from endpoints.musicgen.published import PUBLISHED
from tests.endpoints.musicgen import tiny_networks as tiny
from tests.endpoints.musicgen.driving import music
from tests.server.harp import call
from tests.serving import Site, site
from tests.wire.cancelling import cancelled_in_the_middle
from tests.wire.clients import CLIENTS, Harp22, HarpClient

NAME = "harpist/musicgen"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("server")
    [spec] = own_endpoints({NAME: IN_PYTHON[NAME]}, folder / "kept.json", 120.0, print)
    at = {repo: str(path) for repo, path in tiny.save(folder / "weights", PUBLISHED).items()}
    # HARP sends what stands there at first.
    quick = {"seconds": 1.0, "seed": 5.0}
    inputs = tuple(
        replace(one, value=quick[one.name]) if getattr(one, "name", "") in quick else one for one in spec.inputs
    )
    with site(folder / "home", [replace(spec, inputs=inputs, weights_at=at)], workers=1, no_provenance=False) as made:
        yield made


def got(client: HarpClient, path: Path | None) -> tuple[str, bytes]:
    client.load()
    [(name, data)] = client.process(path).files
    return name, data


@pytest.mark.parametrize("kind", CLIENTS, ids=lambda kind: kind.version)
def test_a_sound_that_goes_on_reaches_harp(kind: type[HarpClient], server: Site, tmp_path: Path) -> None:
    source = music(tmp_path / "take.wav", 1.0, 48000)
    name, data = got(kind(f"{server.url}/models/{NAME}"), tmp_path / "take.wav")
    sound, rate = soundfile.read(io.BytesIO(data), always_2d=True)
    assert (name, rate, sound.shape) == ("take-music.wav", 48000, (96000, 2))
    assert soundfile.info(io.BytesIO(data)).subtype == "PCM_24"
    assert np.array_equal(sound[:46000], source[:46000]) and np.abs(sound[48000:]).max() > 0.01
    (tmp_path / "found.wav").write_bytes(data)
    told = provenance_in(tmp_path / "found.wav")[1]
    assert told.generated and told.licence == "mit, cc-by-nc-4.0, apache-2.0"


@pytest.mark.parametrize(
    "kind", [kind for kind in CLIENTS if not issubclass(kind, Harp22)], ids=lambda kind: kind.version
)
def test_words_without_a_sound_reach_harp(kind: type[HarpClient], server: Site, tmp_path: Path) -> None:
    """Up to 2.2 it has one track, and always sends it."""
    tracks = [item for item in server.registry.get(NAME).inputs if isinstance(item, AudioTrack)]
    assert len(tracks) == 2 and not any(track.required for track in tracks)
    name, data = got(kind(f"{server.url}/models/{NAME}"), None)
    info = soundfile.info(io.BytesIO(data))
    assert (name, info.samplerate, info.channels, info.frames) == ("music.wav", 32000, 1, 32000)
    (tmp_path / "found.wav").write_bytes(data)
    assert provenance_in(tmp_path / "found.wav")[1].generated


def test_a_cancel_in_the_middle_ends_its_computing(server: Site) -> None:
    url = f"{server.url}/models/{NAME}"
    _, [record] = call(url, "controls", [])
    sent = {item["label"]: item.get("value") for item in record["inputs"]} | {"Seconds": 300}
    assert sent["Input Audio"] is None
    cancelled_in_the_middle(server, url, list(sent.values()), "of 300 s made", 0.2)
