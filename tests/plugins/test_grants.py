"""What endpoints of ours get of the machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.harp.card import ModelCard
from app.harp.controls import Dropdown, Input
from app.lv2_folders import PATH
from app.plugins.grants import HOSTING, OFFERING, granted, offer_plugins
from app.plugins.spec_json import spec_from_json, spec_to_json
from app.registry import Registry
from app.sources import IN_PYTHON
from endpoints.deepafx.matching import MatchMyMaster

NAME = "harpist/match-my-master"
SPEC = spec_from_json(NAME, IN_PYTHON[NAME], json.loads(json.dumps(spec_to_json(MatchMyMaster()))))


def choices(inputs: Sequence[Input]) -> tuple[str, ...]:
    return next(item.choices for item in inputs if isinstance(item, Dropdown) and item.name == OFFERING[NAME])


def test_a_folder_to_remember_in_and_the_folders_with_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PATH, str(tmp_path))
    assert set(OFFERING) <= HOSTING <= set(IN_PYTHON)
    spec = granted(SPEC, tmp_path / "home")
    assert spec.writes == (str(tmp_path / "home" / "learnt"),) and spec.arguments["learnt"] == spec.writes[0]
    assert spec.reads == (str(tmp_path),) and json.loads(spec.arguments["lv2"]) == [str(tmp_path)]
    (tmp_path / "file").write_text("")
    assert granted(SPEC, tmp_path / "file").writes == ()
    other = replace(SPEC, id="harpist/other")
    assert granted(other, tmp_path / "home") == other


def test_plugins_of_the_settings_are_offered_where_their_knobs_can_be_learnt() -> None:
    registry = Registry()
    registry.add(SPEC)
    offer_plugins(registry)
    assert registry.get(NAME) == SPEC
    for name, arguments in (
        ("lv2/one", {"uri": "urn:one", "folders": "[]"}),
        ("vst3/two", {"path": "/a/Two.vst3"}),
        ("pedalboard/three", {"uri": "pedalboard:Reverb"}),
    ):
        card = ModelCard(name.partition("/")[2].title(), "Somebody", "An effect.", (), "mit")
        registry.add(replace(SPEC, id=name, card=card, arguments=arguments, reads=(f"/{name}",)))
    offer_plugins(registry)
    spec = registry.get(NAME)
    told = {
        "One (lv2/one)": "lv2:urn:one",
        "Two (vst3/two)": "/a/Two.vst3",
        "Three (pedalboard/three)": "pedalboard:Reverb",
    }
    assert json.loads(spec.arguments["plugins"]) == told
    assert spec.reads == ("/lv2/one", "/vst3/two", "/pedalboard/three")
    assert choices(spec.inputs)[-3:] == tuple(told)
    # What the worker builds offers the same.
    assert choices(MatchMyMaster(plugins=spec.arguments["plugins"]).inputs) == choices(spec.inputs)
