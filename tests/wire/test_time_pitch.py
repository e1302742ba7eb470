"""Pitch shift and time stretch in every version of HARP: what comes back has the length that it should."""

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

NAMES = ("harpist/pitch-shift", "harpist/time-stretch")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("server")
    specs = own_endpoints({name: IN_PYTHON[name] for name in NAMES}, folder / "kept.json", 60.0, print)
    with site(folder / "home", specs, workers=1) as made:
        yield made


@pytest.mark.parametrize("kind", CLIENTS, ids=lambda kind: kind.version)
def test_a_region_comes_back_higher_and_longer(kind: type[HarpClient], server: Site, tmp_path: Path) -> None:
    take = tmp_path / "take.wav"
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(48000) / 48000)
    soundfile.write(take, np.stack([tone] * 2, 1), 48000, "PCM_24")
    for name, ending, samples, pitch in (
        (NAMES[0], "shifted", 48000, 440 * 2 ** (7 / 12)),
        (NAMES[1], "stretched", 60000, 440.0),
    ):
        client = kind(f"{server.url}/models/{name}")
        client.load()
        [(file, data)] = client.process(take).files
        sound, rate = soundfile.read(io.BytesIO(data))
        assert (file, rate, sound.shape) == (f"take-{ending}.wav", 48000, (samples, 2))
        assert soundfile.info(io.BytesIO(data)).subtype == "PCM_24"
        crossings = np.count_nonzero(np.diff(np.signbit(sound[6000:-6000, 0])))
        assert crossings / 2 / ((samples - 12000) / 48000) == pytest.approx(pitch, rel=0.01)
