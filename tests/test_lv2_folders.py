"""Where LV2 plugins are looked for."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from app.lv2_folders import PATH, bundles_elsewhere, look_for_lv2, lv2_folders, lv2_places


def test_the_environment_says_where(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    (tmp_path / "link").symlink_to(second)
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "file").touch()
    names = ["first", "nothing", "", "link", "circle", "file", "second"]
    told = os.pathsep.join(str(tmp_path / name) if name else "" for name in names)
    assert lv2_folders({"LV2_PATH": told}) == (str(first), str(second))


def test_without_it_the_usual_ones_that_are_there() -> None:
    assert lv2_folders({"LV2_PATH": os.pathsep}) == lv2_folders({})
    assert all(Path(folder).is_dir() for folder in lv2_folders({}))


def test_a_bundle_by_a_link_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lv2" / "own.lv2").mkdir(parents=True)
    (tmp_path / "elsewhere" / "far.lv2").mkdir(parents=True)
    (tmp_path / "lv2" / "far.lv2").symlink_to(tmp_path / "elsewhere" / "far.lv2")
    (tmp_path / "lv2" / "gone.lv2").symlink_to(tmp_path / "nothing")
    (tmp_path / "lv2" / "all.lv2").symlink_to("/")
    folders = (str(tmp_path / "lv2"), str(tmp_path / "nothing"))
    assert bundles_elsewhere(folders) == (str(tmp_path / "elsewhere" / "far.lv2"),)
    # A process that is told of the folders finds them, and reads what the links lead to.
    monkeypatch.setenv(PATH, "")
    look_for_lv2("")
    assert os.environ[PATH] == ""
    look_for_lv2("[]")
    assert lv2_folders() == ()
    look_for_lv2(json.dumps(folders))
    assert lv2_folders() == folders[:1]
    assert lv2_places() == (folders[0], str(tmp_path / "elsewhere" / "far.lv2"))
