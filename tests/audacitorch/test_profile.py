from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace

import pytest

from app.audacitorch.profile import Calibration, ModelProfile, read_profile, recognise, write_profile

CALIBRATION = Calibration("context", 441_000, before=2100, after=1050, stride=1050, length="multiple", multiple=8)
PROFILE = ModelProfile(
    labels=False,
    rows=4,
    channels=2,
    probabilities=False,
    seconds=2.5,
    warnings=("One thing.",),
    calibration=CALIBRATION,
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model.pt").write_bytes(b"model")
    return tmp_path


def test_what_is_written_is_read(folder):
    path = folder / "profile.json"
    write_profile(path, PROFILE, folder)
    assert read_profile(path, folder) == PROFILE
    write_profile(path, replace(PROFILE, rows=1), folder)
    assert read_profile(path, folder) == replace(PROFILE, rows=1)
    assert sorted(item.name for item in folder.iterdir()) == ["model.pt", "profile.json"]


def test_a_profile_does_not_hold_for_a_model_that_was_changed_though_its_times_and_size_are_the_same(folder):
    path, model = folder / "profile.json", folder / "model.pt"
    write_profile(path, PROFILE, folder)
    status = model.stat()
    model.write_bytes(b"MODEL")
    os.utime(model, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert read_profile(path, folder) is None
    model.write_bytes(b"models")
    assert read_profile(path, folder) is None


def test_a_profile_holds_for_a_copy_which_is_read_once(folder, tmp_path, monkeypatch):
    copy = tmp_path / "copy"
    write_profile(folder / "profile.json", PROFILE, folder)
    copy.mkdir()
    for name in ("model.pt", "profile.json"):
        shutil.copy(folder / name, copy / name)
    os.utime(copy / "model.pt", ns=(1, 1))
    assert read_profile(copy / "profile.json", copy) == PROFILE
    recognise(copy / "profile.json", copy)
    # Who comes later, in another process, has no need to read it.
    monkeypatch.setattr("app.audacitorch.identity._digest", lambda *_: pytest.fail("read again"))
    assert read_profile(copy / "profile.json", copy) == PROFILE
    recognise(copy / "profile.json", copy)


def test_what_cannot_be_recognised_stays_as_it_is(folder):
    path = folder / "profile.json"
    recognise(path, folder)
    assert not path.exists()
    path.write_text("[]")
    recognise(path, folder)
    assert path.read_text() == "[]"


def test_a_profile_of_another_format_version_does_not_hold(folder):
    path = folder / "profile.json"
    write_profile(path, PROFILE, folder)
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 0}))
    assert read_profile(path, folder) is None


@pytest.mark.parametrize(
    "field, value", [("rows", "4"), ("rows", True), ("labels", 1), ("warnings", "x"), ("seconds", None)]
)
def test_a_profile_with_a_field_of_another_type_is_none(folder, field, value):
    path = folder / "profile.json"
    write_profile(path, PROFILE, folder)
    record = json.loads(path.read_text())
    record["profile"][field] = value
    path.write_text(json.dumps(record))
    assert read_profile(path, folder) is None


def test_a_profile_without_a_calibration_is_one(folder):
    path = folder / "profile.json"
    write_profile(path, replace(PROFILE, calibration=None), folder)
    assert read_profile(path, folder) == replace(PROFILE, calibration=None)


@pytest.mark.parametrize(
    "field, value",
    [("chunk", 0), ("chunk", "1"), ("before", -1), ("after", None), ("stride", 0), ("match_levels", 1), ("new", 1)],
)
def test_a_calibration_that_no_plan_can_be_made_of_is_none(folder, field, value):
    path = folder / "profile.json"
    write_profile(path, PROFILE, folder)
    record = json.loads(path.read_text())
    record["profile"]["calibration"][field] = value
    path.write_text(json.dumps(record))
    assert read_profile(path, folder) is None


@pytest.mark.parametrize("text", [None, "", "[]", "{}", "null", "\x00"])
def test_what_is_no_profile_is_none(folder, text):
    path = folder / "profile.json"
    if text is not None:
        path.write_text(text)
    assert read_profile(path, folder) is None


def test_there_is_no_profile_of_no_model(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_profile(tmp_path / "profile.json", PROFILE, tmp_path)
    assert list(tmp_path.iterdir()) == []
