"""What has just been done is not done again: for the same caller, the same bytes, the same values, the same model."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from app.backends.base import JobRequest
from app.config import Settings
from app.endpoint import FileOutput, TrackFile
from app.harp.labels import LabelList
from app.jobs.job import Caller
from app.jobs.repeats import Repeats, repeatable
from tests.fixtures.endpoints.mirror import Mirror, spec

SPEC = replace(spec(Mirror, "test/mirror"), repeatable=True)
ME, YOU = Caller("192.0.2.1", known="key 1"), Caller("192.0.2.1", known="key 2")


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "a.wav"
    path.write_bytes(bytes(1000))
    return path


def repeats(**settings: object) -> Repeats:
    return Repeats(Settings(home=Path("/nowhere"), **settings))  # type: ignore[arg-type]


def request(sound: Path, name: str = "a.wav", **more: object) -> JobRequest:
    made = JobRequest("1", SPEC, (TrackFile(sound, name), None), {"wet": 0.5}, Path("/nowhere"))
    return replace(made, **more)  # type: ignore[arg-type]


def made(folder: Path, text: str = "left") -> tuple[FileOutput, LabelList]:
    folder.mkdir()
    (folder / "a-left.wav").write_text(text)
    return FileOutput(folder / "a-left.wav", "Left", ""), LabelList(())


def test_the_same_once_more_is_linked_and_not_computed(tmp_path, sound):
    of = repeats()
    key = of.key(request(sound), ME)
    assert key and of.find(key, tmp_path / "none") is None
    of.keep(key, tmp_path / "one", made(tmp_path / "one"))
    (tmp_path / "two").mkdir()
    found = of.find(key, tmp_path / "two")
    assert found == (FileOutput(tmp_path / "two" / "a-left.wav", "Left", ""), LabelList(()))
    assert (tmp_path / "two" / "a-left.wav").read_text() == "left"


def test_what_differs_is_computed(tmp_path, sound):
    of = repeats()
    other = tmp_path / "b.wav"
    other.write_bytes(bytes(999) + b"x")
    asked = request(sound)
    keys = [
        of.key(asked, ME),
        of.key(asked, YOU),
        of.key(asked, Caller("192.0.2.1")),
        of.key(asked, Caller("192.0.2.1", client="tab-2")),
        of.key(request(other), ME),
        of.key(request(sound, "b.wav"), ME),
        of.key(replace(asked, controls={"wet": 0.6}), ME),
        of.key(replace(asked, keeps_ending=True), ME),
        of.key(replace(asked, spec=replace(SPEC, arguments={"a": "b"})), ME),
        repeats(precision="tf32").key(asked, ME),
    ]
    assert len(set(keys)) == len(keys) and all(keys)
    sound.touch()
    assert of.key(asked, ME) == keys[0]
    assert repeats(share_repeats=True).key(asked, ME) == repeats(share_repeats=True).key(asked, YOU)
    assert of.key(asked, Caller("127.0.0.1")) == of.key(asked, Caller("loopback", client="tab-2"))


def test_a_model_that_was_replaced_is_another(tmp_path, sound):
    model = tmp_path / "model.pt"
    model.write_text("one")
    asked = request(sound, spec=replace(SPEC, reads=(str(model),)))
    before = repeats().key(asked, ME)
    model.write_text("another")
    assert before and repeats().key(asked, ME) != before
    model.unlink()
    assert repeats().key(asked, ME) == ""


def test_what_draws_lots_is_computed_anew():
    assert repeatable(SPEC, {}) and repeatable(SPEC, {"seed": 3})
    assert not repeatable(SPEC, {"seed": 0}) and not repeatable(replace(SPEC, repeatable=False), {})


def test_without_room_or_files_nothing_is_remembered(tmp_path, sound):
    assert repeats(repeats=0).key(request(sound), ME) == ""
    assert repeats().key(request(tmp_path / "gone.wav"), ME) == ""


def test_a_result_that_was_changed_or_is_gone_is_not_given(tmp_path, sound):
    of = repeats()
    key = of.key(request(sound), ME)
    (tmp_path / "new").mkdir()
    of.keep(key, tmp_path / "one", made(tmp_path / "one"))
    (tmp_path / "one" / "a-left.wav").write_text("cut")
    assert of.find(key, tmp_path / "new") is None and of.find(key, tmp_path / "new") is None
    of.keep(key, tmp_path / "two", made(tmp_path / "two"))
    (tmp_path / "two" / "a-left.wav").unlink()
    assert of.find(key, tmp_path / "new") is None and not list((tmp_path / "new").iterdir())


def test_the_least_recently_used_go_first(tmp_path, sound):
    of = repeats(repeats=1)
    keys = [hashlib.sha256(bytes([number])).hexdigest() for number in range(3)]
    for number, key in enumerate(keys[:2]):
        of.keep(key, tmp_path / str(number), made(tmp_path / str(number), "x" * 400_000))
    (tmp_path / "a").mkdir()
    assert of.find(keys[0], tmp_path / "a") is not None
    of.keep(keys[2], tmp_path / "2", made(tmp_path / "2", "x" * 400_000))
    for key, there in zip(keys, (True, False, True)):
        folder = tmp_path / f"look-{key[:4]}"
        folder.mkdir()
        assert (of.find(key, folder) is not None) is there
    of.keep(keys[1], tmp_path / "big", made(tmp_path / "big", "x" * 1_100_000))
    assert of.find(keys[1], tmp_path / "a") is None
