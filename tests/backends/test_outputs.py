"""What a worker says that it made is checked."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.backends.outputs import LONGEST_TEXT, MOST_LABELS, check_outputs
from app.backends.sounds import Promise
from app.endpoint import FileOutput, TextOutput, TrackFile, notices
from app.errors import ModelRunError
from app.harp.controls import AudioTrack, FileTrack, MidiTrack, TextTrack
from app.harp.labels import AudioLabel, LabelList
from app.harp.wire import label_json
from tests.backends.sounds import region
from tests.fixtures.specs import LABELS, endpoint_spec

FILE = endpoint_spec("well_behaved")
LABELER = endpoint_spec("well_behaved", LABELS)
NOTHING_KNOWN = Promise(None, 0, keeps=False)
TWO_SECONDS = Promise(region(samples=88200), 0, keeps=True)


def file_record(path: Path, label: str = "Told", notice: str = "") -> dict[str, str]:
    return {"file": str(path), "label": label, "notice": notice}


def labels(*given: AudioLabel, promised: Promise = TWO_SECONDS) -> tuple[AudioLabel, ...]:
    (output,) = check_outputs([{"labels": [label_json(label) for label in given]}], LABELER, promised).outputs
    assert isinstance(output, LabelList)
    return output.labels  # type: ignore[return-value]


def test_files_and_labels_pass(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    checked = check_outputs([file_record(path)], FILE, NOTHING_KNOWN)
    assert (checked.outputs, checked.unproven) == ((FileOutput(path, "Told"),), ())
    label = AudioLabel(1.5, "x", 0.5, "sure", 255, "https://example.org/a?b=c", 0.5)
    assert labels(label) == (label,)
    told = check_outputs([{"labels": [], "notice": "Two\nlines."}], LABELER, NOTHING_KNOWN).outputs
    assert told == (LabelList((), "Two lines."),)
    assert notices(told) == ["Two lines."]
    assert len(check_outputs([{"labels": []}, file_record(path)], None, NOTHING_KNOWN).outputs) == 2


def test_a_notice_is_one_short_line_without_paths(tmp_path: Path) -> None:
    for told, read in (
        ("Turned down.", "Turned down."),
        ("Two\nlines of /srv/models/secret.pt\x1b", "Two lines of (a file)"),
        ("x" * 10_000, "x" * 299 + "…"),
    ):
        (output,) = check_outputs([file_record(tmp_path, notice=told)], FILE, NOTHING_KNOWN).outputs
        assert output == FileOutput(tmp_path, "Told", read)
        (output,) = check_outputs([{"labels": [], "notice": told}], LABELER, NOTHING_KNOWN).outputs
        assert output == LabelList((), read)


@pytest.mark.parametrize(
    "record",
    [
        3,
        None,
        {},
        {"file": "a"},
        {"file": 3, "label": "x", "notice": ""},
        {"file": "a", "label": "x", "notice": None},
        {"labels": {}},
        {"labels": [], "notice": 3},
        {"labels": [], "file": "a"},
        {"labels": [], "label": "Labels"},
        {"notice": "Nothing."},
        {"text": 5, "notice": ""},
        {"text": "words"},
        {"labels": [3]},
        {"labels": [{"t": 0}]},
        {"labels": [{"label_type": "AudioLabel", "t": float("nan"), "label": "x"}]},
        {"labels": [{"label_type": "AudioLabel", "t": 0.0, "label": "x", "duration": float("inf")}]},
        {"labels": [{"label_type": "AudioLabel", "t": 10**400, "label": "x"}]},
        {"labels": [{"label_type": "AudioLabel", "t": 0.0, "label": "x", "color": "red"}]},
        {"labels": [{"label_type": "AudioLabel", "t": 0.0, "label": "x", "link": 5}]},
        {"labels": [{"label_type": "AudioLabel", "t": 0.0, "label": 5}]},
    ],
)
def test_what_is_neither_is_refused(record: Any) -> None:
    with pytest.raises(ModelRunError, match="The model returned"):
        check_outputs([record], LABELER, NOTHING_KNOWN)


def test_number_and_kind_must_be_those_of_the_endpoint(tmp_path: Path) -> None:
    with pytest.raises(ModelRunError, match="returned 0 results where 1 are expected"):
        check_outputs([], FILE, NOTHING_KNOWN)
    with pytest.raises(ModelRunError, match="“Told” is not a file"):
        check_outputs([{"labels": []}], FILE, NOTHING_KNOWN)
    with pytest.raises(ModelRunError, match="“Labels” is not labels"):
        check_outputs([file_record(tmp_path)], LABELER, NOTHING_KNOWN)


@pytest.mark.parametrize(
    ("start", "duration", "sentence"),
    [
        (1.0, -0.5, r"ends before it starts \(from 1 to 0.5 s\)"),
        (-0.5, 1.0, r"outside its region of 2 s \(from -0.5 to 0.5 s\)"),
        (1.5, 1.0, r"outside its region of 2 s \(from 1.5 to 2.5 s\)"),
        (5.0, None, r"outside its region of 2 s \(from 5 to 5 s\)"),
    ],
)
def test_labels_lie_within_their_region(start: float, duration: float | None, sentence: str) -> None:
    with pytest.raises(ModelRunError, match=sentence):
        labels(AudioLabel(start, "x", duration))


def test_labels_need_no_region_that_nobody_knows() -> None:
    late = AudioLabel(1e6, "x", 1.0)
    assert labels(late, promised=NOTHING_KNOWN) == (late,)
    assert labels(late, promised=replace(TWO_SECONDS, keeps=False)) == (late,)
    assert labels(AudioLabel(2.05, "at the end")) == (AudioLabel(2.05, "at the end"),)


def test_a_models_words_are_made_plain() -> None:
    told = AudioLabel(0.0, "two\nlines\x1b[1m\u202e", None, "y" * 5000 + "\0", link="javascript:alert(1)")
    (read,) = labels(told)
    assert read.label == "two lines [1m"
    assert read.description == "y" * 999 + "…"
    assert read.link is None
    (output,) = check_outputs([file_record(Path("a"), "lab\nel" + "x" * 999)], FILE, NOTHING_KNOWN).outputs
    assert isinstance(output, FileOutput) and output.label == "lab el" + "x" * 193 + "…"


def test_labels_beyond_number_are_refused() -> None:
    with pytest.raises(ModelRunError, match="at most 200000"):
        check_outputs([{"labels": [None] * (MOST_LABELS + 1)}], LABELER, NOTHING_KNOWN)
    assert math.isfinite(labels(AudioLabel(0.0, "x"))[0].t)


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("two\r\n  lines\x1b[1m\u202e \n\n", "two\n  lines [1m"),
        ("", ""),
        ("a\tb", "a   b"),
        ("x" * (LONGEST_TEXT + 1), "x" * (LONGEST_TEXT - 1) + "…"),
        ("\t" * LONGEST_TEXT + "x", "…"),
    ],
)
def test_a_text_keeps_its_lines_and_nothing_that_no_one_sees(told: str, read: str) -> None:
    spec = endpoint_spec("well_behaved", TextTrack("Words", ""))
    (output,) = check_outputs([{"text": told, "notice": "Much of it."}], spec, NOTHING_KNOWN).outputs
    assert output == TextOutput(read, "Much of it.")


def test_a_text_is_no_file_and_a_file_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(ModelRunError, match="“Words” is not text"):
        check_outputs([file_record(tmp_path)], endpoint_spec("well_behaved", TextTrack("Words", "")), NOTHING_KNOWN)
    with pytest.raises(ModelRunError, match="“Told” is not a file"):
        check_outputs([{"text": "words", "notice": ""}], FILE, NOTHING_KNOWN)


def test_sound_of_a_fixed_format_has_its_ending(tmp_path: Path) -> None:
    spec = endpoint_spec("well_behaved", AudioTrack("Mix", "", file_types=(".wav",)))
    with pytest.raises(ModelRunError, match=r"“Mix” is not a \.wav file"):
        check_outputs([file_record(tmp_path / "a.flac")], spec, NOTHING_KNOWN)


def test_other_files_are_what_their_track_says(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(b"<script>")
    with pytest.raises(ModelRunError, match=r"“Told” is not a \.json or \.txt file"):
        spec = endpoint_spec("well_behaved", FileTrack("Told", "", file_types=(".json", ".txt")))
        check_outputs([file_record(path)], spec, NOTHING_KNOWN)


def test_notes_are_a_midi_file_by_name_and_beginning_and_read_by_another_worker(tmp_path: Path) -> None:
    spec = endpoint_spec("well_behaved", MidiTrack("Notes", ""), FileTrack("Told", ""))
    path = tmp_path / "a.mid"
    path.write_bytes(b"<script>")
    told = {"file": str(path), "label": "Told", "notice": ""}
    with pytest.raises(ModelRunError, match=r"“Notes” is not a MIDI file\."):
        check_outputs([file_record(path), told], spec, NOTHING_KNOWN)
    with pytest.raises(ModelRunError, match=r"“Notes” is not a \.mid or \.midi file"):
        check_outputs([file_record(tmp_path / "a.wav"), told], spec, NOTHING_KNOWN)
    path.write_bytes(b"MThd and what else there is")
    checked = check_outputs([file_record(path), told], spec, NOTHING_KNOWN)
    assert (checked.unproven, checked.midi) == ((), (TrackFile(path, "Told"),))
