"""MIDI Synth as a client meets it: described from outside, run in a sandboxed worker."""

from __future__ import annotations

import io
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from app.plugins.own import own_endpoints
from app.sources import IN_PYTHON
from tests.midi.pieces import END, RICH, file, scale
from tests.server.harp import call, upload
from tests.serving import site

NAME = "harpist/midi-synth"


def test_a_file_is_played(tmp_path: Path) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(RICH)
    specs = own_endpoints({NAME: IN_PYTHON[NAME]}, tmp_path / "kept.json", 60.0, print)
    with site(tmp_path / "home", specs, workers=1) as server:
        url = f"{server.url}/models/{NAME}"
        _, [record] = call(url, "controls", [])
        assert record["card"]["midi_in"] is True and record["card"]["midi_out"] is False
        assert "output:audio/wav" in record["card"]["tags"]
        values = {item["label"]: item.get("value") for item in record["inputs"]}

        def process(**changes: object) -> tuple[str, object]:
            return call(url, "process", list({**values, "Input MIDI": upload(url, path), **changes}.values()))

        def played(data: object) -> tuple[np.ndarray, int]:
            return soundfile.read(io.BytesIO(httpx.get(data[0]["url"]).content), dtype="float32")

        kind, data = process(Tail=1.0)
        assert kind == "complete", data
        assert data[0]["url"].endswith("song-played.wav") and "notice" not in data[0]
        sound, rate = played(data)
        assert rate == 44100 and sound.shape == (round(3.0 * rate), 2), "the last note ends after 2 s"
        kind, data = process(**{"Gain": -20.0, "Sample rate": "48 kHz", "Tail": 0.0})
        softer, rate = played(data)
        assert rate == 48000 and len(softer) == round(2.0 * rate)
        assert float(np.abs(softer).max()) == pytest.approx(0.1 * float(np.abs(sound).max()), rel=0.05)

        path.write_bytes(file(END))
        kind, data = process()
        assert kind == "complete" and data[0]["notice"] == "The file has no notes."
        assert not played(data)[0].any()
        path.write_bytes(file(scale((60, 62), ticks=432_000), division=24))
        kind, data = process()
        assert kind == "error" and data["error"] == "Input MIDI lasts 5 hours; at most 3 hours are played."
