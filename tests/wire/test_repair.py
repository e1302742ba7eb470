"""Repair in every version of HARP: what comes back is the region, mended, with a sentence of what was found."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.plugins.own import own_endpoints
from app.sources import IN_PYTHON
from tests.serving import Site, site
from tests.wire.clients import CLIENTS, HarpClient


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, name = tmp_path_factory.mktemp("server"), "harpist/repair"
    specs = own_endpoints({name: IN_PYTHON[name]}, folder / "kept.json", 60.0, print)
    with site(folder / "home", specs, workers=1) as made:
        yield made


@pytest.mark.parametrize("kind", CLIENTS, ids=lambda kind: kind.version)
def test_a_region_comes_back_without_its_clicks(kind: type[HarpClient], server: Site, tmp_path: Path) -> None:
    whole = 0.3 * np.sin(2 * np.pi * 440 * np.arange(48000) / 48000)
    whole += 1e-4 * np.random.default_rng(1).standard_normal(48000)
    damaged = whole.copy()
    damaged[5000::9000] += 0.4
    soundfile.write(tmp_path / "take.wav", np.stack((damaged, whole), 1), 48000, "PCM_24")
    client = kind(f"{server.url}/models/harpist/repair")
    client.load()
    [(file, data)] = client.process(tmp_path / "take.wav").files
    sound, rate = soundfile.read(io.BytesIO(data))
    assert (file, rate, sound.shape) == ("take-repaired.wav", 48000, (48000, 2))
    assert soundfile.info(io.BytesIO(data)).subtype == "PCM_24"
    assert np.abs(sound[:, 0] - whole).max() < 0.005
    assert np.abs(sound[:, 1] - whole).max() < 1e-6
