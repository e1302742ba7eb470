"""What results are called, for names of every kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.endpoint import Region, TrackFile
from app.output_names import label_part, plain, result_name, same_name, stem_of
from app.workers.files.handover import take_file


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("take 1.wav", "take 1"),
        ("C:\\songs\\take?.wav", "take_"),
        ("a/b/.hidden.flac", "hidden"),
        ("mix.final.v2.aiff", "mix.final.v2"),
        ("...", "region"),
        ("日本.wav", "日本"),
    ],
)
def test_the_start_of_a_name_is_safe_on_every_file_system(name: str, stem: str) -> None:
    assert stem_of(name) == stem


@pytest.mark.parametrize("letter", ["a", "é", "日", "𝄞"])
def test_a_long_name_keeps_its_label_and_its_number(letter: str) -> None:
    made = result_name(stem_of(letter * 400 + ".wav"), "v", 12)
    assert made.endswith(f"{letter}-v-12")
    assert 175 <= len(made.encode()) <= 178
    assert len(label_part(letter * 100).encode()) <= 60


def test_a_result_with_a_long_name_keeps_it_when_it_is_taken_from_a_worker(tmp_path: Path) -> None:
    region = Region((TrackFile(tmp_path / "1.wav", "é" * 300 + ".wav"),), tmp_path)
    made = region.output_path("v", ".wav")
    made.write_bytes(b"sound")
    assert made.name.endswith("é-v.wav")
    (tmp_path / "out").mkdir()
    assert take_file(made, tmp_path / "out").name == made.name


def test_where_nothing_was_sent_a_result_has_the_name_of_its_label(tmp_path: Path) -> None:
    region = Region((None, None), tmp_path)
    assert region.output_path("music", ".wav").name == "music.wav"
    (tmp_path / "music.wav").write_bytes(b"")
    assert region.output_path("music", ".wav").name == "music-2.wav"
    assert (
        Region((None, TrackFile(tmp_path / "1.wav", "tune.wav")), tmp_path).output_path("music", "").name[:4] == "tune"
    )


def test_a_name_that_is_not_utf8_becomes_one_that_is(tmp_path: Path) -> None:
    region = Region((TrackFile(tmp_path / "1.wav", "caf\udce9 \ud800.wav"),), tmp_path)
    assert region.output_path("v", ".wav").name == "caf_ _-v.wav"
    assert plain("caf\udce9") == "caf_"


@pytest.mark.parametrize(("one", "other"), [("Take", "tAKE"), ("caf\u00e9", "CAFE\u0301"), ("Straße", "STRASSE")])
def test_names_that_some_file_system_takes_for_one_are_one(one: str, other: str) -> None:
    assert same_name(one) == same_name(other)
