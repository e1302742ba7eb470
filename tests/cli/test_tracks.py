"""Several input tracks, and notes, on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import process
from app.cli.process import Batch, process_files
from app.cli.tracks import assign, describe_track, parse_tracks
from app.config import Settings
from app.errors import InputError
from app.midi.notes import read_notes
from app.midi.reading import read_midi
from app.registry import Registry
from endpoints.midi_tools.example import FILE
from tests.fixtures.endpoints import makes_anew, names_of_tracks, notes_up
from tests.fixtures.specs import wav
from tests.midi.pieces import RICH

SPEC, ANEW = names_of_tracks.spec(), makes_anew.spec()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name in ("take 1.wav", "take2.wav", "loud=1.wav"):
        (tmp_path / name).write_bytes(wav(bytes(2000)))
    (tmp_path / "song.mid").write_bytes(RICH)
    (tmp_path / "score.xml").write_text("<score/>")
    return tmp_path


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    def opened(*_: object, **__: object) -> Registry:
        registry = Registry()
        for spec in (SPEC, ANEW, notes_up.spec()):
            registry.add(spec)
        return registry

    monkeypatch.setattr(process, "open_registry", opened)
    return Settings(home=tmp_path / "home", device="cpu")


def test_names_are_read_and_what_is_wrong_said() -> None:
    assert parse_tracks(["Side chain=a=b.wav", " notes =x.mid"]) == {
        "Side chain": Path("a=b.wav"),
        "notes": Path("x.mid"),
    }
    for pair in ("reference", "=a.wav", "reference="):
        with pytest.raises(InputError, match="--track expects NAME=FILE"):
            parse_tracks([pair])
    with pytest.raises(InputError, match="names “Side-Chain” two times"):
        parse_tracks(["side chain=a.wav", "Side-Chain=b.wav"])


def test_each_file_fills_the_first_track_that_needs_one(files: Path) -> None:
    notes = {"notes": files / "song.mid"}
    assert assign(SPEC, notes).main == 1, "before the side chain, which may be empty"
    given = {**notes, "input-audio": files / "take2.wav"}
    assert assign(SPEC, given).main == 0
    sent = assign(SPEC, {**notes, "side": files / "loud=1.wav"}).of(files / "take 1.wav")
    assert [track and track.name for track in sent] == ["loud=1.wav", "take 1.wav", "song.mid", None]
    assert all(track is None or track.path.is_absolute() for track in sent)
    for given, reason in (
        ({}, 'needs further files: --track "Notes=FILE"'),
        (
            {"drums": files / "song.mid"},
            "no track “drums”; this model has: “Side chain”, “Input Audio”, “Notes”, “Score”",
        ),
        ({"s": files / "song.mid"}, "More than one track is meant by “s”"),
        ({"notes": files / "none.mid"}, "--track notes: there is no file "),
        (dict.fromkeys(("side chain", "input audio", "notes", "score"), files / "song.mid"), "none is left for FILE"),
    ):
        with pytest.raises(InputError) as caught:
            assign(SPEC, given)
        assert reason in caught.value.message
    assert [describe_track(track) for track in SPEC.tracks] == [
        "sound, optional",
        "sound",
        "MIDI",
        "a file (.xml), optional",
    ]


def test_a_model_that_needs_none_is_run_without_a_file(
    files: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert process_files(settings, Batch("test/anew", (), files / "out", {"samples": "7"})) == 0
    named = Batch("test/anew", (), files / "out", {}, tracks={"input": files / "take2.wav"})
    assert process_files(settings, named) == 0
    assert process_files(settings, Batch("test/anew", [files / "take 1.wav"], files / "out", {})) == 0
    written = [Path(line).name for line in capsys.readouterr().out.splitlines()]
    assert written == ["Made.wav", "Made-2.wav", "take2-Made.wav", "take 1-Made.wav"]
    assert len((files / "out" / "Made.wav").read_bytes()) >= 44 + 14
    assert process_files(settings, Batch("test/anew", (), files / "out", {}, overwrite=True)) == 0
    assert sorted(path.name for path in (files / "out").glob("Made*")) == ["Made-2.wav", "Made.wav"]


def test_a_model_that_needs_a_file_says_so(files: Path, settings: Settings) -> None:
    with pytest.raises(InputError, match="needs a FILE: what is sent to “Input Audio”"):
        process_files(settings, Batch("test/tracks", (), files / "out", {}, tracks={"notes": files / "song.mid"}))


def test_tracks_reach_the_model(files: Path, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    tracks = {"notes": files / "song.mid", "score": files / "score.xml"}
    takes = [files / "take 1.wav", files / "take2.wav"]
    assert process_files(settings, Batch("test/tracks", takes, files / "out", {}, tracks=tracks)) == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines() if line.endswith(".txt")]
    assert [path.read_text() for path in written] == [
        "- take 1.wav song.mid score.xml\n",
        "- take2.wav song.mid score.xml\n",
    ]


def test_broken_notes_on_a_further_track_are_refused(
    files: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    tracks = {"notes": files / "take2.wav"}
    assert process_files(settings, Batch("test/tracks", [files / "take 1.wav"], files / "out", {}, tracks=tracks)) == 1
    assert "does not begin as one does, with “MThd”" in capsys.readouterr().err


def test_notes_are_processed_and_folders_searched_for_them(
    files: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "more").mkdir()
    (files / "more" / "b.MIDI").write_bytes(FILE.read_bytes())
    batch = Batch("test/notes", [files / "more", files / "song.mid"], files / "out", {"up": "2"}, recursive=True)
    assert process_files(settings, batch) == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines() if not line.endswith(".json")]
    assert [path.name for path in written] == ["b-Moved.mid", "b-labels.txt", "song-Moved.mid", "song-labels.txt"]
    assert [note.pitch - 2 for note in read_notes(read_midi(written[0]))] == [
        n.pitch for n in read_notes(read_midi(FILE))
    ]
    assert written[3].read_text().splitlines()[0].endswith("\tnote 38")
    empty = files / "none"
    empty.mkdir()
    batch = Batch("test/notes", [empty, files / "more"], files / "out2", {})
    assert process_files(settings, batch) == 1
    said = capsys.readouterr().err.splitlines()
    assert said == [
        f"{path}: it is a folder; --recursive takes the MIDI files in it." for path in (empty, files / "more")
    ]
    assert process_files(settings, Batch("test/notes", [empty], files / "out2", {}, recursive=True)) == 1
    assert capsys.readouterr().err == f"{empty}: there is no MIDI file in this folder.\n"


def test_no_result_replaces_the_file_of_a_track(
    files: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text would be called as the score is."""
    score = files / "take 1-Told.txt"
    score.write_text("mine")
    tracks = {"notes": files / "song.mid", "score": score}
    batch = Batch("test/tracks", [files / "take 1.wav"], files, {}, overwrite=True, tracks=tracks)
    assert process_files(settings, batch) == 1
    assert "its result would replace take 1-Told.txt" in capsys.readouterr().err
    assert score.read_text() == "mine"
