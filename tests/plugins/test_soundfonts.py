"""Soundfonts of the settings: which are offered, what they are called, and a line for each that is not."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from app.config import Settings
from app.endpoint import EndpointSpec
from app.harp.controls import Dropdown
from app.plugins.own import own_endpoints
from app.plugins.soundfonts import names_of, with_soundfonts
from app.registry import Registry
from app.sources import IN_PYTHON, SOUNDFONTS, add_in_python
from app.workers.sandbox.layers import layers
from tests.endpoints.midi_synth.small_soundfont import soundfont
from tests.soundfonts import needs_fluidsynth

NAME = "harpist/midi-synth"
TRIAL = SOUNDFONTS[NAME]
WRONG = "tests.plugins.soundfont_trials:"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> EndpointSpec:
    kept = tmp_path_factory.mktemp("own") / "kept.json"
    return own_endpoints({NAME: IN_PYTHON[NAME]}, kept, 60.0, print)[0]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "Small Piano.sf2"
    path.write_bytes(soundfont())
    return path


@needs_fluidsynth
def test_each_is_a_choice_behind_the_built_in_one(plain: EndpointSpec, small: Path, tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / small.name
    other.write_bytes(soundfont())
    link = tmp_path / "link.sf2"
    link.symlink_to(small)
    spec = with_soundfonts(plain, [str(small), str(link), str(other)], TRIAL, 60.0, said.append)
    assert said == []
    assert isinstance(spec.inputs[1], Dropdown) and spec.inputs[1].value == "Built in"
    assert spec.inputs[1].choices == ("Built in", "Small Piano", "Small Piano (other)")
    assert (spec.inputs[0], *spec.inputs[2:]) == plain.inputs
    assert spec.reads == (str(small), str(other)) and spec.trusted and spec.factory == plain.factory
    assert list(json.loads(spec.arguments["soundfonts"]).values()) == list(spec.reads)
    assert with_soundfonts(plain, [str(small)], TRIAL, 60.0, said.append).inputs[1].choices[1:] == ("Small Piano",)


@needs_fluidsynth
def test_one_that_cannot_be_had_costs_a_line(plain: EndpointSpec, small: Path, tmp_path: Path) -> None:
    bad = {
        "text.sf2": (b"hello", "“text” is not a soundfont; a SoundFont 2 or 3 file (.sf2, .sf3) is expected."),
        "cut.sf2": (small.read_bytes()[:3000], "The soundfont “cut” is cut short: 3000 of its "),
        "zeros.sf3": (
            small.read_bytes()[:60] + bytes(small.stat().st_size - 60),
            "The soundfont “zeros” is broken: its instruments cannot be read.",
        ),
        "piano.sfz": (b"<region>", "a soundfont is expected: a file that ends in .sf2 or .sf3."),
    }
    for name, (data, _) in bad.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "folder.sf2").mkdir()
    os.mkfifo(tmp_path / "pipe.sf2")
    (tmp_path / "circle.sf2").symlink_to(tmp_path / "circle.sf2")
    more = {
        "circle.sf2": "nothing can be read there." if sys.version_info < (3, 13) else "there is no such file.",
        "gone.sf2": "there is no such file.",
        "folder.sf2": "a soundfont's file is expected, not a folder or a device.",
        "pipe.sf2": "a soundfont's file is expected, not a folder or a device.",
    }
    said: list[str] = []
    sources = [str(tmp_path / name) for name in (*bad, *more)]
    spec = with_soundfonts(plain, [*sources, str(small)], TRIAL, 60.0, said.append)
    assert spec.inputs[1].choices == ("Built in", "Small Piano") and spec.reads == (str(small),)
    expected = {**{name: sentence for name, (_, sentence) in bad.items()}, **more}
    assert len(said) == len(expected)
    for name, sentence in expected.items():
        line = f"harpist: left out the soundfont {tmp_path / name}: {sentence}"
        assert any(one.startswith(line) for one in said), (line, said)
    assert with_soundfonts(plain, sources, TRIAL, 60.0, said.append) is plain


def test_a_trial_that_fails_costs_a_line(plain: EndpointSpec, small: Path) -> None:
    said: list[str] = []
    for trial in ("without_fluidsynth", "crashing"):
        assert with_soundfonts(plain, [str(small)], f"{WRONG}{trial}", 60.0, said.append) is plain
    assert said == [
        f"harpist: left out the soundfont {small}: Soundfonts are played by FluidSynth 2.2 or later, which is missing "
        "here; install it with: apt-get install libfluidsynth3 (macOS: brew install fluid-synth).",
        f"harpist: left out the soundfont {small}: It ended while it was imported (exit status -6).",
    ]


def test_a_trial_reads_that_file_and_no_other(plain: EndpointSpec, small: Path) -> None:
    if not all(layer.active for layer in layers() if layer.name == "files"):
        pytest.skip("this machine has no Landlock")
    said: list[str] = []
    assert with_soundfonts(plain, [str(small)], f"{WRONG}reaching", 60.0, said.append) is plain
    assert len(said) == 1 and "PermissionError: [Errno 13] Permission denied" in said[0]


def test_names_that_a_user_can_tell_apart() -> None:
    paths = [Path(text) for text in ("/a/GM.sf2", "/b/gm.sf2", "/c/b/GM.sf2", "/a/Built in.sf2", "/a/x\ny.sf2")]
    assert names_of(paths) == ["GM", "gm (b)", "GM 2", "Built in (a)", "x y"]
    assert len({name.lower() for name in names_of([Path(f"/{place}/a/GM.sf2") for place in range(9)])}) == 9


@needs_fluidsynth
def test_the_settings_say_which(small: Path, tmp_path: Path) -> None:
    (tmp_path / "home" / "bundled").mkdir(parents=True)
    for fonts, choices in (((), None), ((str(small),), ("Built in", "Small Piano"))):
        registry = Registry()
        add_in_python(registry, Settings(home=tmp_path / "home", soundfont=fonts), print)
        found = [item for item in registry.get(NAME).inputs if isinstance(item, Dropdown) and item.name == "soundfont"]
        assert [item.choices for item in found] == ([choices] if choices else [])
