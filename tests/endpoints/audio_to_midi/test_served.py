"""Audio to MIDI as a client meets it: described from outside, run in a sandboxed worker."""

from __future__ import annotations

from pathlib import Path

import httpx
import numpy as np
import soundfile

from app.midi.notes import read_notes
from app.midi.reading import parse_midi
from app.midi.tempo import tempos
from app.plugins.own import own_endpoints
from app.sources import IN_PYTHON, PACKAGED_WEIGHTS
from endpoints.audio_to_midi.choices import NOTES
from endpoints.bundled.network_weights import BASIC_PITCH
from tests.server.harp import call, upload
from tests.serving import site

NAME = "harpist/audio-to-midi"
RATE = 44100


def plucked(notes: list[tuple[float, int]], seconds: float) -> np.ndarray:
    """Tones with the partials of a string, from a second (start) and a MIDI number each."""
    sound = np.zeros(round(seconds * RATE))
    for start, pitch in notes:
        time = np.arange(round(0.45 * RATE)) / RATE
        hertz = 440 * 2 ** ((pitch - 69) / 12)
        tone = sum(np.sin(2 * np.pi * hertz * k * time) * np.exp(-(2 + 2 * k) * time) / k**1.8 for k in range(1, 9))
        place = round(start * RATE)
        sound[place : place + len(time)] += (
            0.15 * tone * np.minimum(1, time / 0.003) * np.minimum(1, (0.45 - time) / 0.02)
        )
    return sound


SCALE = [(0.25 + 0.5 * place, pitch) for place, pitch in enumerate((60, 62, 64, 65, 67, 69, 71, 72))]
CHORDS = SCALE + [(start, pitch - 16) for start, pitch in SCALE[::2]]


def test_chords_become_midi_and_labels(tmp_path: Path) -> None:
    path = tmp_path / "take.flac"
    soundfile.write(path, np.stack([plucked(CHORDS, 5.0)] * 2, 1), RATE)
    specs = own_endpoints({NAME: IN_PYTHON[NAME]}, tmp_path / "kept.json", 60.0, print)
    with site(tmp_path / "home", specs, workers=1) as server:
        url = f"{server.url}/models/{NAME}"
        _, [record] = call(url, "controls", [])
        assert record["card"]["midi_in"] is False and record["card"]["midi_out"] is False
        assert [item["type"] for item in record["outputs"]] == ["midi_track", "audio_track", "json"]
        values = {item["label"]: item.get("value") for item in record["inputs"]}

        def process(file: Path, **changes: object) -> tuple[str, object]:
            return call(url, "process", list({**values, "Input Audio": upload(url, file), **changes}.values()))

        kind, data = process(path, **{"Tempo": 90.0, "Soft starts": False})
        assert kind == "complete", data
        midi, sound, labels = data
        assert httpx.get(sound["url"]).content == path.read_bytes(), "for the labels to be drawn on"
        assert midi["url"].endswith("take-notes.mid") and "notice" not in midi
        read = parse_midi(httpx.get(midi["url"]).content)
        notes = read_notes(read)
        assert tempos(read) == [(0, 666667)]
        for start, pitch in CHORDS:
            [note] = [one for one in notes if one.pitch == pitch and abs(one.start - start) < 0.02]
            assert 0.2 < note.end - note.start < 0.6
        assert len(notes) <= len(CHORDS) + 6, "a few octaves are heard as well"
        assert {label["label_type"] for label in labels["labels"]} == {"AudioLabel"}
        assert sorted(label["label"] for label in labels["labels"]) == sorted(NOTES[one.pitch - 21] for one in notes)

        kind, data = process(path, **{"Range: lowest note": "C5", "Range: highest note": "C6"})
        assert [note.pitch for note in read_notes(parse_midi(httpx.get(data[0]["url"]).content))] == [72]
        soundfile.write(path, plucked(SCALE, 5.0), RATE)
        kind, data = process(path, Method="One voice")
        assert kind == "complete" and "notice" not in data[0]
        notes = read_notes(parse_midi(httpx.get(data[0]["url"]).content))
        assert [note.pitch for note in notes] == [pitch for _, pitch in SCALE]
        assert [label["label"] for label in data[2]["labels"]] == [NOTES[pitch - 21] for _, pitch in SCALE]

        soundfile.write(path, np.zeros((RATE, 1)), RATE)
        kind, data = process(path)
        assert kind == "complete" and data[0]["notice"].startswith("No notes were found")
        assert data[2]["labels"] == []
        path.write_bytes(b"MThd" + bytes(100))
        kind, data = process(path)
        assert kind == "error" and "Traceback" not in str(data)


def test_the_weights_are_named_as_they_are() -> None:
    assert PACKAGED_WEIGHTS[NAME] == BASIC_PITCH.pin
