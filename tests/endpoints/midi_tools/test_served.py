"""The MIDI tools as a client meets them: described from outside, run in a sandboxed worker."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

from app.midi.notes import read_notes
from app.midi.reading import parse_midi, read_midi
from app.midi.writing import midi_bytes
from app.plugins.own import own_endpoints
from app.sources import IN_PYTHON
from endpoints.midi_tools.example import FILE, example
from tests.fixtures.specs import wav
from tests.server.harp import call, upload
from tests.serving import site

NAME = "harpist/midi-tools"


def test_notes_are_edited_and_what_was_drawn_is_told(tmp_path: Path) -> None:
    specs = own_endpoints({NAME: IN_PYTHON[NAME]}, tmp_path / "kept.json", 60.0, print)
    with site(tmp_path / "home", specs, workers=1) as server:
        url = f"{server.url}/models/{NAME}"
        _, [record] = call(url, "controls", [])
        assert record["card"]["midi_in"] is True and record["card"]["midi_out"] is True
        assert [item["type"] for item in record["outputs"]] == ["midi_track"]
        assert {"input:midi", "output:midi"} <= set(record["card"]["tags"])
        values = {item["label"]: item.get("value") for item in record["inputs"]}

        def process(path: Path, **changes: object) -> tuple[str, object]:
            sent = {**values, record["inputs"][0]["label"]: upload(url, path), **changes}
            return call(url, "process", list(sent.values()))

        kind, data = process(FILE)
        assert kind == "complete", data
        assert data[0]["url"].endswith("example-edited.mid") and "notice" not in data[0]
        assert parse_midi(httpx.get(data[0]["url"]).content) == read_midi(FILE)
        results = []
        for seed in (0.0, 0.0):
            kind, data = process(FILE, **{"Transpose": 12.0, "Humanize: timing": 10.0, "Humanize: seed": seed})
            drawn = re.fullmatch(r"Seed (\d+)\.", data[0]["notice"])
            assert kind == "complete" and drawn
            results.append((drawn[1], httpx.get(data[0]["url"]).content))
        assert results[0][0] != results[1][0] and results[0][1] != results[1][1]
        kind, data = process(
            FILE, **{"Transpose": 12.0, "Humanize: timing": 10.0, "Humanize: seed": float(results[0][0])}
        )
        assert httpx.get(data[0]["url"]).content == results[0][1], "the seed gives the same again"
        assert sorted(note.pitch for note in read_notes(parse_midi(results[0][1]))) == sorted(
            note.pitch + 12 for note in read_notes(read_midi(FILE))
        )
        path = tmp_path / "take.mid"
        path.write_bytes(wav(bytes(100)))
        kind, data = process(path)
        assert kind == "error" and data["error"].startswith("The MIDI file does not begin as one does")


def test_the_example_is_what_makes_it() -> None:
    assert FILE.read_bytes() == midi_bytes(example())
    notes = read_notes(example())
    assert len(notes) == 47 and max(note.end for note in notes) < 13
