from __future__ import annotations

import json
import re

import pytest

from app.harp.labels import AudioLabel, MidiLabel
from app.midi.reading import parse_midi
from app.midi.roll import roll
from app.ui.roll_view import RollNotes, read_roll, roll_facts, roll_player
from tests.midi.pieces import RICH

NOTES = RollNotes(2.0, 2, ((0, 500, 60, 80, 0, 0), (500, 1000, 72, 100, 9, 1)), (0.0,), 2)


def test_what_a_worker_wrote_is_read_and_what_is_none_refused(tmp_path):
    path = tmp_path / "0.roll.json"
    record = roll(parse_midi(RICH))
    path.write_text(json.dumps(record))
    read = read_roll(path)
    assert (read.count, read.tracks, len(read.notes)) == (4, 2, 4)
    for broken in (
        "[]",
        "{}",
        json.dumps({**record, "notes": [[1, 2]]}),
        json.dumps({**record, "notes": [[0, 1, 128, 1, 0, 0]]}),
        json.dumps({**record, "seconds": None}),
    ):
        path.write_text(broken)
        with pytest.raises(ValueError):
            read_roll(path)


def test_notes_lie_in_the_box_each_track_in_a_path_of_its_own():
    page = roll_player("k", "A <take>", NOTES, download="/a.mid", note="MID, 1 kB")
    assert "A &lt;take&gt;" in page and "<take>" not in page
    _, _, width, height = map(float, re.findall(r'class="hp-wave".*?viewBox="([^"]+)"', page)[0].split())
    assert width == 200
    paths = re.findall(r'<path class="hp-tone-(\d)" d="([^"]+)"', page)
    assert [tone for tone, _ in paths] == ["0", "1"]
    for _, path in paths:
        for left, top, wide, tall in re.findall(r"M([\d.]+) (\d+)h([\d.]+)v(\d+)h", path):
            assert 0 <= float(left) <= float(left) + float(wide) <= width
            assert 0 < float(top) < float(top) + float(tall) < height
    tops = [int(re.findall(r"M[\d.]+ (\d+)", path)[0]) for _, path in paths]
    assert tops[0] - tops[1] == 120, "an octave is twelve keys"
    assert json.loads(re.findall(r'data-notes="([^"]+)"', page)[0]) == [[0, 500, 60, 80, 0], [500, 1000, 72, 100, 9]]


@pytest.mark.parametrize("pitches", [(0,), (127,), (0, 127), (60,), (5, 20), (100, 126), ()])
def test_the_keys_hold_every_note_and_at_least_two_octaves(pitches: tuple[int, ...]):
    notes = RollNotes(1.0, len(pitches), tuple((0, 100, pitch, 80, 0, 0) for pitch in pitches), (), 1)
    low, high = notes.keys
    assert 0 <= low <= high <= 127 and high - low >= 24
    assert all(low <= pitch <= high for pitch in pitches)


def test_labels_with_a_pitch_lie_on_their_key_and_others_over_all():
    labels = (MidiLabel(0.0, "here", 0.5, pitch=60.0), AudioLabel(1.0, "there", 0.5), MidiLabel(1.0, "far", pitch=3.0))
    page = roll_player("k", "A", NOTES, labels=labels)
    low, high = NOTES.keys
    here, there, far = re.findall(r'class="(hp-label [^"]+)".*?top:([\d.]+)%;height:([\d.]+)%', page)
    assert here[0].endswith("hp-keyed") and float(here[2]) == pytest.approx(100 / (high - low + 1), abs=0.1)
    assert float(here[1]) == pytest.approx(100 * (high - 60) / (high - low + 1), abs=0.1)
    assert "hp-keyed" not in there[0] + far[0]
    assert not re.search(r"hp-labelled", roll_player("k", "A", NOTES))


def test_facts_are_in_words():
    assert roll_facts(NOTES) == "2.0 s · 2 notes · 2 tracks"
    assert roll_facts(RollNotes(75.0, 12345, NOTES.notes, (), 1)) == "1:15 · 12,345 notes, the first 2 drawn · 1 track"
    assert roll_facts(RollNotes(0.0, 0, (), (), 0)) == "0.0 s · no notes"
