"""``--watermark``: what endpoints generate is marked, what others return is not, and the command tells of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from app.cli import listening, main
from app.errors import NotFoundError
from app.jobs.watermarking import WATERMARK
from app.plugins.asking import ask as describe
from app.provenance.stamping import provenance_in
from app.registry import Registry
from endpoints.watermark.endpoint import AUDIOSEAL
from tests.endpoints.watermark import tiny
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.provenance.containers import heard
from tests.provenance.test_ways_out import CONTROLS, ask
from tests.serving import Site, site

tiny.needs_audioseal()

SPECS = [spec(Mirror, "test/mirror"), replace(spec(Mirror, "test/speaker"), generates=True)]


@pytest.fixture(scope="module")
def watermark(tmp_path_factory: pytest.TempPathFactory):
    """The endpoint as it ships, with random weights where an installation would have put the published ones."""
    folder = tmp_path_factory.mktemp("weights")
    tiny.save(folder)
    found = describe(WATERMARK, "endpoints.watermark.endpoint:Watermark", (), 60.0)
    return replace(found, trusted=True, weights_at={AUDIOSEAL.repo: str(folder)})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, watermark) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("home")
    with site(home, [*SPECS, watermark], no_provenance=False, watermark=True, workers=1) as made:
        yield made


def fetched(server: Site, model: str, take: Path, path: Path) -> Path:
    [left, _] = ask(server, model, take, *CONTROLS.values())
    path.write_bytes(httpx.get(left["url"]).content)
    return path


def test_what_is_generated_is_marked_and_nothing_else(server, watermark, tmp_path, monkeypatch, capsys):
    take = tmp_path / "take.wav"
    soundfile.write(take, 0.1 * np.random.default_rng(1).uniform(-1, 1, (8000, 2)), 48000, "PCM_24")
    assert heard(fetched(server, "test/mirror", take, tmp_path / "mirror.wav")) == heard(take)
    marked = fetched(server, "test/speaker", take, tmp_path / "speaker.wav")
    added = soundfile.read(marked)[0] - soundfile.read(take)[0]
    assert soundfile.info(marked).subtype == "PCM_24" and np.abs(added).max() > 1e-5
    assert np.abs(added[:, 0] - added[:, 1]).max() < 2**-22, "the same in every channel"
    assert provenance_in(marked)[1].generated

    # The command hears what the endpoint does.
    def registry_for(*_: object) -> Registry:
        registry = Registry()
        registry.add(watermark)
        return registry

    monkeypatch.setattr(listening, "registry_for", registry_for)
    text = tmp_path / "a.txt"
    text.write_text("hello")
    assert main(["provenance", "--watermark", "--home", str(tmp_path / "home"), str(marked), str(text)]) == 1
    shown = capsys.readouterr()
    [line] = [line for line in shown.out.splitlines() if line.startswith("  watermark")]
    assert line.startswith(("  watermark No watermark.", "  watermark Watermark in "))
    assert f"{text}: it is of no kind" in shown.err
    assert main(["provenance", "--watermark", "--json", "--home", str(tmp_path / "home"), str(marked)]) == 0
    assert "watermark" in json.loads(capsys.readouterr().out)["watermark"].lower()
    assert not list((tmp_path / "home").iterdir())


def test_a_server_without_the_weights_says_what_to_do(tmp_path, watermark):
    with pytest.raises(NotFoundError, match="harpist models install harpist/watermark"):
        Site(tmp_path, [replace(watermark, weights_at={})], watermark=True)
