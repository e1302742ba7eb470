"""What a page draws of a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.endpoint import FileOutput, Region, TrackFile
from app.errors import MidiFileError
from app.midi import roll as module
from app.midi.reading import parse_midi
from app.midi.roll import Roll, roll
from tests.midi.pieces import END, RICH, file, meta, number, scale, tempo


class Job:
    def report(self, fraction: float) -> None:
        assert 0 <= fraction <= 1


def test_notes_and_bars_are_in_seconds() -> None:
    """Two bars of 3/4 at 120, of which the second slows down to 60 at its second beat; then 4/4."""
    head = meta(0x58, bytes((3, 2, 24, 8))) + tempo(1_000_000, after=1920) + meta(0x58, bytes((4, 2, 24, 8)), after=960)
    made = roll(parse_midi(file(head + END, scale(range(60, 68)), b"\xa0\x00" + END[1:])))
    assert made["bars"] == [0.0, 1.5, 4.0]
    assert made["notes"][0] == [0, 500, 60, 80, 0, 1] and made["notes"][5] == [3000, 1000, 65, 80, 0, 1]
    assert (made["seconds"], made["count"], made["tracks"]) == (pytest.approx(2 + (4096 - 1920) / 480, abs=1e-3), 8, 1)


def test_files_without_beats_have_no_bars_and_empty_ones_nothing() -> None:
    assert roll(parse_midi(file(scale(), division=0xE728)))["bars"] == []
    assert roll(parse_midi(file(scale(), scale(), kind=2)))["bars"] == []
    empty = roll(parse_midi(file(END)))
    assert (empty["seconds"], empty["count"], empty["notes"], empty["bars"]) == (0.0, 0, [], [])


def test_what_is_drawn_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_NOTES", 3)
    made = roll(parse_midi(file(scale(range(60, 70)), b"\x00\x90\x3c\x40" + number(2**26) + b"\x3c\x00" + END)))
    assert len(made["notes"]) == 3 and made["count"] == 11 and len(made["bars"]) == 1000


def test_the_endpoint_writes_one_file_for_each_track(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(RICH)
    track = TrackFile(path, "a.mid")
    outputs = Roll().process(Region((track, None, track), tmp_path), {}, Job())
    paths = [output.path for output in outputs if isinstance(output, FileOutput)]
    assert [path.name for path in paths] == ["0.roll.json", "2.roll.json"]
    assert json.loads(paths[0].read_text())["count"] == 4
    path.write_bytes(b"MThd")
    with pytest.raises(MidiFileError, match="cut off in its header"):
        Roll().process(Region((track,), tmp_path), {}, Job())
