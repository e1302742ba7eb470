"""A folder's files, found again where a worker may write."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.workers.sandbox import workplace
from app.workers.sandbox.workplace import files_of, lay_out


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def test_folders_are_real_and_files_are_links(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", "app.py", "a/b/c.txt", ".git/config", "__pycache__/x", "_outputs/old.wav")
    (source / "empty").mkdir()
    (tmp_path / "home").mkdir()
    place = lay_out(source, tmp_path / "home")
    assert sorted(str(path.relative_to(place)) for path in place.rglob("*")) == ["a", "a/b", "a/b/c.txt", "app.py"]
    assert (place / "a/b/c.txt").read_text() == "a/b/c.txt" and (place / "app.py").is_symlink()
    assert not (place / "a").is_symlink()
    (place / "a" / "new.txt").write_text("new")
    assert not (source / "a" / "new.txt").exists()


def test_a_large_folder_is_one_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workplace, "MOST_FILES", 4)
    source = fill(tmp_path / "in", "app.py", *(f"data/{number}" for number in range(9)))
    (tmp_path / "home").mkdir()
    place = lay_out(source, tmp_path / "home")
    assert (place / "data").is_symlink() and (place / "data" / "8").read_text() == "data/8"
    assert (place / "app.py").read_text() == "app.py"


def test_a_link_in_a_folder_stays_one(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", "app.py")
    (source / "loop").symlink_to(source, target_is_directory=True)
    assert [str(place) for _, place in files_of(source)] == ["app.py", "loop"]
    assert list(files_of(tmp_path / "gone")) == []
