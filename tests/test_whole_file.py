"""A file is there as a whole or as it was."""

from __future__ import annotations

import os
import stat

import pytest

from app.whole_file import write_whole


def test_a_file_takes_the_place_of_another_with_its_permissions(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    write_whole(path, b"new", 0o600)
    assert path.read_bytes() == b"new" and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_one_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
