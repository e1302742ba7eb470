"""Plugins of the settings: which become endpoints, what they are called, and a line for each that does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.config import Settings
from app.errors import HarpistError
from app.harp.controls import Dropdown, Slider
from app.plugins.effects import add_effect, add_effects, effect_id
from app.registry import Registry
from app.sources import find_or_load
from app.workers.sandbox.layers import layers
from tests.lv2_plugins import needs_compiler, needs_lilv, trials

pytestmark = [needs_lilv, needs_compiler]


@pytest.fixture(autouse=True)
def _own_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LV2_PATH", str(trials()))


def test_a_plugin_becomes_an_endpoint() -> None:
    said: list[str] = []
    registry = Registry()
    add_effects(registry, ["lv2:urn:harpist:trial", "lv2:urn:harpist:swap", "lv2:urn:harpist:trial"], 60.0, said.append)
    assert said == [] and list(registry.ids()) == ["lv2/trial", "lv2/swap"]
    spec = registry.get("lv2/trial")
    assert spec.keeps_length and not spec.trusted and spec.permits == ()
    assert spec.reads == (str(trials()),)
    assert spec.arguments == {"uri": "urn:harpist:trial", "folders": json.dumps([str(trials())])}
    assert spec.factory == "endpoints.effects.serving:Lv2Endpoint"
    assert spec.card.name == "Trial (α)" and spec.card.author == "Nobody" and spec.card.licence == "mit"
    assert "Trial (α) 2.4" in spec.card.description and "urn:harpist:trial" in spec.card.description
    gain, mode, late = spec.controls
    assert isinstance(gain, Slider) and (gain.minimum, gain.maximum, gain.unit) == (-80.0, 20.0, "dB")
    assert isinstance(mode, Dropdown) and mode.choices == ("Fine", "Crash", "Hang", "Not a number")
    assert isinstance(late, Slider) and late.step == 1.0


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("lv2:urn:harpist:nothing", "No LV2 plugin with the URI “urn:harpist:nothing” is installed; "),
        ("lv2:urn:harpist:needs", "Needs requires what Harpist has not: urn:harpist:something."),
        ("lv2:urn:harpist:refuses", "Refuses did not start at 48000 Hz."),
        ("lv2:urn:harpist:dies", "It ended while it was imported (exit status -6)."),
        ("lv2:nothing", "lv2: and the plugin's URI is expected, such as lv2:http://"),
        ("nothing.vst3", "there is no such file."),
        ("nul\0.vst3", "nothing can be read there."),
        ("effect.dll", "lv2: and the plugin's URI is expected, such as lv2:http://"),
        ("lv2:urn:\nx", "No LV2 plugin with the URI “urn:"),
    ],
)
def test_one_that_cannot_be_had_costs_a_line(source: str, sentence: str) -> None:
    said: list[str] = []
    registry = Registry()
    add_effects(registry, [source], 60.0, said.append)
    assert list(registry.ids()) == []
    [line] = said
    shown = " ".join(source.split())
    assert line.startswith(f"harpist: left out the plugin {shown}: {sentence}") and "\n" not in line


def test_a_machine_that_may_run_none_says_so() -> None:
    said: list[str] = []
    add_effects(Registry(), ["lv2:urn:harpist:trial"], 60.0, said.append, "No sandbox.")
    assert said == ["harpist: left out the plugin lv2:urn:harpist:trial: No sandbox."]


def test_one_that_is_there_is_not_added_again(tmp_path: Path) -> None:
    registry = Registry()
    settings = Settings(home=tmp_path)
    assert find_or_load(registry, settings, "lv2:urn:harpist:swap", print) == "lv2/swap"
    assert find_or_load(registry, settings, "lv2:urn:harpist:swap", print) == "lv2/swap"
    assert find_or_load(registry, settings, "lv2/swap", print) == "lv2/swap"
    assert list(registry.ids()) == ["lv2/swap"]
    with pytest.raises(HarpistError):
        add_effect(registry, "lv2:urn:harpist:wide", 60.0)


def test_it_reads_the_folders_of_plugins_and_bundles_that_are_linked_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not all(layer.active for layer in layers() if layer.name == "files"):
        pytest.skip("this machine has no Landlock")
    folder = tmp_path / "lv2"
    folder.mkdir()
    (folder / "linked.lv2").symlink_to(trials() / "harpist-trial.lv2")
    monkeypatch.setenv("LV2_PATH", str(folder))
    registry = Registry()
    add_effect(registry, "lv2:urn:harpist:swap", 60.0)
    assert registry.get("lv2/swap").reads == (str(folder), str(trials() / "harpist-trial.lv2"))


def test_names_in_the_characters_of_an_id() -> None:
    assert effect_id([], "LSP Limiter Mono") == "lv2/lsp-limiter-mono"
    assert effect_id([], "Ä/ö — !") == "lv2/a-o"
    assert effect_id(["lv2/plugin"], "音") == "lv2/plugin-2"
    assert len(effect_id([], "x" * 500)) == 84
