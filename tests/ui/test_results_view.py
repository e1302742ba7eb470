from __future__ import annotations

import asyncio
from pathlib import Path

from app.endpoint import FileOutput, Outputs, TextOutput, TrackFile
from app.errors import WorkerError
from app.harp.labels import LabelList, MidiLabel
from app.ui.results_view import results_html
from app.ui.roll_view import RollNotes


class NoPreviews:
    async def of(self, files: list[TrackFile]) -> list[object]:
        raise WorkerError("There is no picture.")

    async def roll(self, file: TrackFile) -> RollNotes:
        return RollNotes(2.0, 1, ((0, 500, 69, 80, 0, 0),), (), 1)


def shown(folder: Path, outputs: Outputs, sent: str = "a.wav") -> str:
    source = TrackFile(folder / sent, sent) if sent else None
    return asyncio.run(results_html("k", source, outputs, folder, NoPreviews(), lambda path: path.name, "all.zip"))


def test_what_is_to_be_said_of_the_stems_is_said_once(tmp_path):
    files = [tmp_path / "one.wav", tmp_path / "two.wav"]
    for path in files:
        path.write_bytes(b"sound")
    page = shown(tmp_path, [FileOutput(path, path.stem, "Turned down <b>together</b>.") for path in files])
    assert page.count("Turned down &lt;b&gt;together&lt;/b&gt;.") == 1
    assert "<b>" not in page
    assert 'role="status"' not in shown(tmp_path, [FileOutput(path, path.stem) for path in files])


def test_a_text_keeps_its_lines_and_is_no_html(tmp_path):
    page = shown(tmp_path, [TextOutput("one <b>\ntwo"), TextOutput("")])
    assert '<p class="hp-text">one &lt;b&gt;\ntwo</p>' in page
    assert "<h2>2 texts</h2>" in page and "No text came back." in page


def test_notes_are_a_piano_roll_and_other_files_links(tmp_path):
    files = [tmp_path / name for name in ("a.mid", "b.MID", "c.xml")]
    for path in files:
        path.write_bytes(b"some")
    page = shown(tmp_path, [FileOutput(path, path.stem) for path in files])
    assert "<h2>2 tracks and 1 file</h2>" in page and page.count("data-notes") == 2
    assert page.count("download") >= 4 and "ZIP, 3 files" in page


def test_labels_lie_on_the_notes_that_came_back_else_on_those_that_were_sent(tmp_path):
    (tmp_path / "made.mid").write_bytes(b"some")
    labels = LabelList((MidiLabel(1.0, "A4", pitch=69.0),))
    page = shown(tmp_path, [FileOutput(tmp_path / "made.mid", "Made"), labels], "sent.mid")
    assert page.count("data-player") == page.count("hp-labelled") == 1 and "Play Made" in page
    page = shown(tmp_path, [labels], "sent.mid")
    assert page.count("hp-labelled") == 1 and "Play sent.mid" in page
    page = shown(tmp_path, [FileOutput(tmp_path / "made.mid", "Made"), labels], "sent.wav")
    assert "hp-labelled" not in page, "labels of a sound, which cannot be drawn here, are not the notes'"


def test_labels_of_what_has_no_waveform_are_listed(tmp_path):
    page = shown(tmp_path, [LabelList((MidiLabel(1.0, "A4", pitch=69.0),))])
    assert "<h2>1 label</h2>" in page and "A4" in page and "data-player" not in page
    assert (tmp_path / "a-labels.txt").read_text() == "1.000000\t1.000000\tA4\n"


def test_what_was_made_of_nothing_is_shown_too(tmp_path):
    (tmp_path / "made.mid").write_bytes(b"some")
    labels = LabelList((MidiLabel(1.0, "A4", pitch=69.0),))
    page = shown(tmp_path, [FileOutput(tmp_path / "made.mid", "Made"), labels, TextOutput("so")], "")
    assert "<h2>1 track and 1 label and 1 text</h2>" in page and "Play Made" in page and "hp-labelled" not in page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.json", "labels.txt", "made.mid", "text.json"]
