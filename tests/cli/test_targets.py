"""Where the results of many files go."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.targets import Source, Target, find_files, settle, settle_alone
from app.harp.controls import AudioTrack, LabelTrack

STEMS = (AudioTrack("Voice", "Who sings."), AudioTrack("Rest", "All else."))
LABELS = (LabelTrack("Chords", "Which."), LabelTrack("Beats", "When."))
OUT = Path("out")


def names(*files: str, outputs: tuple[AudioTrack | LabelTrack, ...] = STEMS[:1]) -> list[str]:
    """The results' names of files, each of which is in ``outputs``'s order."""
    return [name for target in settle([Source(Path(file), OUT) for file in files], outputs) for name in target.names]


def test_names_that_differ_stay_as_they_are() -> None:
    assert names("a/kick.wav", "b/snare.flac", outputs=STEMS) == [
        "kick-Voice",
        "kick-Rest",
        "snare-Voice",
        "snare-Rest",
    ]


def test_what_tells_files_apart_goes_into_the_names() -> None:
    assert names("song.mp3", "song.ogg") == ["song.mp3-Voice", "song.ogg-Voice"], "their endings"
    assert names("a/01.wav", "b/01.wav") == ["a-01-Voice", "b-01-Voice"], "their folders"
    assert names("x/a/01.wav", "y/a/01.wav", "z/b/01.wav") == ["x-a-01-Voice", "y-a-01-Voice", "b-01-Voice"]
    assert names("a/01.wav", "b/01.wav", "b/01.mp3") == ["a-01.wav-Voice", "b-01.wav-Voice", "01.mp3-Voice"]
    assert names("Take.wav", "TAKE.flac") == ["Take.wav-Voice", "TAKE.flac-Voice"], "on a system that heeds no case"


def test_what_nothing_tells_apart_is_numbered() -> None:
    long = "é" * 300
    [one, other] = names(f"{long}1.wav", f"{long}2.wav")
    assert one.endswith("é-Voice")
    assert other.endswith("é-Voice-2")
    assert max(len(one.encode()), len(other.encode())) <= 180
    assert names("a/01.wav", "b/01.wav", "c/a-01.wav")[-1] == "a-01-Voice-2"
    outputs = (AudioTrack("Rest", "."), AudioTrack("b-Rest", "."))
    assert names("x-b.wav", "x.wav", outputs=outputs) == ["x-b-Rest", "x-b-b-Rest", "x-Rest-2", "x-b-Rest-2"]


def test_two_label_lists_of_one_file_are_two_files() -> None:
    assert names("a.wav", outputs=LABELS) == ["a-labels", "a-2 labels"]


def test_folders_are_searched_and_their_structure_is_kept(tmp_path: Path) -> None:
    for name in ("b.WAV", "a.mp3", "notes.txt", "drums/a.m4a", "drums/.hidden.wav", ".git/a.wav", "out/old-Voice.wav"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "drums" / "loop").symlink_to(tmp_path)
    out, track = tmp_path / "out", STEMS[0]
    found = list(find_files([tmp_path, tmp_path / "a.mp3"], out, track, recursive=True))
    assert [(source.file.relative_to(tmp_path).as_posix(), source.folder) for source in found] == [
        ("a.mp3", out),
        ("b.WAV", out),
        ("drums/a.m4a", out / "drums"),
    ]
    assert [target.names for target in settle(found, STEMS[:1])] == [("a-Voice",), ("b-Voice",), ("a-Voice",)]


def test_a_file_given_twice_is_processed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = [Path("a.wav"), tmp_path / "a.wav", Path("..") / tmp_path.name / "a.wav"]
    assert len(list(find_files(given, OUT, STEMS[0], recursive=False))) == 1


def test_a_result_that_must_replace_nothing_gets_a_number(tmp_path: Path) -> None:
    target = Target(tmp_path / "a.wav", tmp_path, ("a-Voice",), ("Voice",), "a")
    assert target.free("a-Voice", ".wav") == tmp_path / "a-Voice.wav"
    (tmp_path / "a-Voice.wav").symlink_to("nowhere")
    assert target.free("a-Voice", ".wav") == tmp_path / "a-Voice-2.wav"


def test_what_is_made_of_nothing_has_the_names_of_its_outputs() -> None:
    assert settle_alone(None, OUT, STEMS).names == ("Voice", "Rest")
    assert settle_alone(Path("x/tune.wav"), OUT, STEMS).names == ("tune-Voice", "tune-Rest")


def test_a_result_is_called_after_what_was_chosen_where_its_label_says_so() -> None:
    outputs = [AudioTrack("Stem", "i"), AudioTrack("Stem", "i")]
    first, second = settle([Source(Path("a/x.wav"), OUT), Source(Path("b/x.wav"), OUT)], outputs)
    assert first.names == ("a-x-Stem", "a-x-2 Stem")
    assert [first.name_of(place, "Stem") for place in (0, 1)] == ["a-x-Stem", "a-x-2 Stem"]
    assert (first.name_of(0, "Drums"), second.name_of(0, "Drums/and")) == ("a-x-Drums", "b-x-Drums_and")
