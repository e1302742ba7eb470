from __future__ import annotations

from pathlib import Path

from app.jobs.unfinished import Unfinished


def folder_of(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir(parents=True)
    (folder / "take.wav").write_bytes(b"sound")
    return folder


def test_what_a_dead_server_left_half_done_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    dead, living = Unfinished(tmp_path), Unfinished(tmp_path)
    dead.open(uploads)
    living.open(uploads)
    half, whole, arriving = (folder_of(uploads, name) for name in ("half", "whole", "arriving"))
    dead.begin(half)
    dead.begin(whole)
    dead.end(whole)
    living.begin(arriving)
    dead.close()

    Unfinished(tmp_path).open(uploads)
    assert sorted(uploads.iterdir()) == [arriving, whole]
    living.end(arriving)
    assert [path.name for path in arriving.iterdir()] == ["take.wav"]
    living.close()


def test_a_mark_says_whose_it_is_as_soon_as_it_exists(tmp_path: Path) -> None:
    """A server may be killed between making a file and writing into it."""
    marks = Unfinished(tmp_path)
    marks.open()
    folder = folder_of(tmp_path, "half")
    marks.begin(folder)
    (mark,) = (path for path in folder.iterdir() if path.name != "take.wav")
    assert mark.stat().st_size == 0
    marks.close()
    marks = Unfinished(tmp_path)
    marks.open(tmp_path)
    assert not folder.exists()
    marks.close()
