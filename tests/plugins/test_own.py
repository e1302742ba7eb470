"""The endpoints in Python that ship with the server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.config import Settings
from app.endpoint import EndpointSpec
from app.errors import WorkerCrashError
from app.harp.controls import AudioTrack, NumberBox, Slider
from app.plugins import own
from app.plugins.own import own_endpoints
from app.registry import Registry
from app.sources import IN_PYTHON


def silent(line: str) -> None:
    raise AssertionError(line)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("own") / "kept.json"


@pytest.fixture(scope="module")
def asked(kept: Path) -> list[EndpointSpec]:
    return own_endpoints(IN_PYTHON, kept, Settings().load_timeout, silent)


def test_they_are_asked_once_and_their_answers_kept(
    asked: list[EndpointSpec], kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [spec.id for spec in asked] == list(IN_PYTHON)
    assert all(spec.trusted and spec.card.licence and not spec.permits for spec in asked)
    others = [spec.id for spec in asked if isinstance(spec.tracks[0], AudioTrack) and not spec.keeps_length]
    assert others == ["harpist/time-stretch", "harpist/vampnet", "harpist/musicgen"]

    def refused(*_: object) -> None:
        raise WorkerCrashError("asked again")

    monkeypatch.setattr(own, "ask", refused)
    assert own_endpoints(IN_PYTHON, kept, 60.0, silent) == asked
    content = json.loads(kept.read_text(encoding="utf-8"))
    for broken in ("no json", json.dumps({**content, "stamp": "of other sources"}), json.dumps([])):
        kept.write_text(broken, encoding="utf-8")
        said: list[str] = []
        assert own_endpoints(IN_PYTHON, kept, 60.0, said.append) == []
        assert said == [f"harpist: left out {name}: asked again" for name in IN_PYTHON]
        assert kept.read_text(encoding="utf-8") == broken


def test_every_track_and_control_has_help_with_its_unit(asked: list[EndpointSpec]) -> None:
    for spec in asked:
        assert len(spec.card.description) > 60
        for item in (*spec.inputs, *spec.outputs):
            assert len(item.info) > 15 and item.info.endswith("."), (spec.id, item.label)
        for control in spec.controls:
            if isinstance(control, (Slider, NumberBox)):
                assert control.unit and control.unit in control.info, (spec.id, control.label)


def test_what_takes_a_while_is_measured_so_that_its_page_says_how_long(asked: list[EndpointSpec]) -> None:
    """Those with weights when these are installed, the others when the server is idle."""
    slow = ("pitch-shift", "time-stretch", "repair", "vampnet", "transcribe", "musicgen", "steered-separation")
    assert {f"harpist/{name}" for name in slow} <= {spec.id for spec in asked if spec.timed or spec.weights}


def test_they_count_as_this_projects(asked: list[EndpointSpec], tmp_path: Path) -> None:
    registry = Registry()
    for spec in asked:
        registry.add(spec)
        waiting = registry.shelf.find(spec.id)
        assert registry.is_trusted(spec.id) or (waiting is not None and waiting.trusted)
    registry.add_folder("harpist/loudness", tmp_path)
    assert not registry.is_trusted("harpist/loudness")
    registry.remove("harpist/loudness-normalization")
    assert not registry.is_trusted("harpist/loudness-normalization")
