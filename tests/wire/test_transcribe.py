"""Speech to text in every version of HARP, with tiny networks; and cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.plugins.own import own_endpoints
from app.sources import IN_PYTHON
from tests.endpoints.transcribe import tiny_whisper as tiny
from tests.server.harp import call, upload
from tests.serving import Site, site
from tests.wire.cancelling import cancelled_in_the_middle
from tests.wire.clients import CLIENTS, HarpClient

NAME = "harpist/transcribe"

tiny.needs_transformers()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("server")
    [spec] = own_endpoints({NAME: IN_PYTHON[NAME]}, folder / "kept.json", 120.0, print)
    with site(folder / "home", [replace(spec, weights_at=tiny.save_all(folder / "weights"))], workers=1) as made:
        yield made


@pytest.mark.parametrize("kind", CLIENTS, ids=lambda kind: kind.version)
def test_the_text_reaches_harp(kind: type[HarpClient], server: Site, tmp_path: Path) -> None:
    tiny.speech(tmp_path / "talk.wav", 7.0, 48000, 2)
    client = kind(f"{server.url}/models/{NAME}")
    client.load()
    if "dropdown" in kind.kinds:
        language = next(widget for widget in client.widgets if widget.label == "Language")
        assert language.value == "Find out" and len(language.choices) == 101
    found = client.process(tmp_path / "talk.wav")
    times = [(label["t"], label["t"] + label["duration"]) for label in found.labels]
    assert times == sorted(times) and all(0.0 <= begin < end <= 7.0 for begin, end in times)
    # It heard only where somebody speaks: at 0.6, 2.6 and 5.2 s.
    assert times and times[0][0] > 0.3 and all(label["label"].strip() for label in found.labels)


def test_a_cancel_in_the_middle_ends_its_computing(server: Site, tmp_path: Path) -> None:
    tiny.speech(tmp_path / "talk.wav", 900.0)
    url = f"{server.url}/models/{NAME}"
    _, [record] = call(url, "controls", [])
    sent = {item["label"]: item.get("value") for item in record["inputs"]}
    sent |= {"Input Audio": upload(url, tmp_path / "talk.wav"), "Further tries": 5}
    cancelled_in_the_middle(server, url, list(sent.values()), "Writing down", 0.2)
