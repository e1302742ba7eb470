"""MIDI to sound and back to MIDI, as every version of HARP does it: MIDI Synth plays, Audio to MIDI writes down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.midi.notes import read_notes
from app.midi.reading import parse_midi
from app.midi.writing import make_midi, write_midi
from app.plugins.own import own_endpoints
from app.sources import IN_PYTHON
from benchmarks.accuracy.written import melody, notes_of
from tests.endpoints.test_round_trip import f_measure
from tests.serving import Site, site
from tests.wire.clients import CLIENTS, HarpClient

PLAYS, WRITES = "harpist/midi-synth", "harpist/audio-to-midi"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("server")
    specs = own_endpoints({name: IN_PYTHON[name] for name in (PLAYS, WRITES)}, folder / "kept.json", 120.0, print)
    with site(folder / "home", specs, workers=1) as made:
        yield made


@pytest.mark.parametrize("kind", CLIENTS, ids=lambda kind: kind.version)
def test_a_melody_comes_back_to_harp(kind: type[HarpClient], server: Site, tmp_path: Path) -> None:
    def sent(name: str, path: Path, ending: str) -> tuple[str, bytes]:
        client = kind(f"{server.url}/models/{name}")
        client.load()
        [file] = [file for file in client.process(path).files if file[0].endswith(ending)]
        return file

    written, parts = tmp_path / "Lied.mid", melody(0, 0, notes=12)
    write_midi(make_midi(parts, tempo=97.0), written)
    name, sound = sent(PLAYS, written, ".wav")
    assert name == "Lied-played.wav"
    (tmp_path / name).write_bytes(sound)
    name, notes = sent(WRITES, tmp_path / name, ".mid")
    assert name == "Lied-played-notes.mid"
    f, late = f_measure(notes_of(parts), read_notes(parse_midi(notes)))
    assert f >= 0.9
    assert float(np.percentile(np.abs(late), 95)) < 0.02
