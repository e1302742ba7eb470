"""Endpoints of an installed package: found by name, described and run without trusting them."""

from __future__ import annotations

import json
import runpy
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from app.errors import ModelFormatError, WorkerCrashError
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, MultiSelect, TextTrack
from app.plugins.asking import ask
from app.plugins.found import add_plugins, find_plugins
from app.plugins.spec_json import spec_from_json, spec_to_json
from app.provenance.stamping import provenance_in
from app.registry import Registry
from app.workers.sandbox.layers import layers
from tests.fixtures.specs import wav
from tests.plugins.installing import install, install_editable
from tests.provenance.containers import heard
from tests.server.harp import call, upload
from tests.server.running import run_server

SOUND = wav(bytes(range(256)) * 40)
ENTRIES = {
    "copy": "harpist_example.copy:Copy",
    "online": "harpist_example.copy:Online",
    "heavy": "harpist_example.heavy:Heavy",
    "ends": "harpist_example.ends:Ends",
    "greedy": "harpist_example.copy:Greedy",
    "twice": "harpist_example.copy:Twice",
    "nothing": "harpist_example.copy:Nothing",
    "number": "sys:maxsize",
    "bad": "not a module",
    "b@d": "harpist_example.copy:Copy",
}


def test_every_kind_of_control_and_output_comes_through() -> None:
    track = AudioTrack("Mix", "Sound.", file_types=(".wav",))
    parts = MultiSelect("parts", "Parts", "Which.", ("One", "Two"), ("Two",))
    endpoint = SimpleNamespace(card=ModelCard("A", "B", "C"), inputs=(track, parts), outputs=(TextTrack("T", ""),))
    told = json.loads(json.dumps(spec_to_json(endpoint)))
    read = spec_from_json("a/b", "m:f", told)
    assert (read.inputs, read.outputs) == ((track, parts), (TextTrack("T", ""),))
    told["inputs"][1]["choices"] = ["One", "One"]
    with pytest.raises(ModelFormatError, match="Its inputs make no sense: “Parts” needs choices that differ"):
        spec_from_json("a/b", "m:f", told)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    site = install(tmp_path / "site", ENTRIES)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site))
    return site


def test_entries_are_listed_and_nothing_is_imported(installed: Path) -> None:
    said: list[str] = []
    found = find_plugins(said.append)
    names = ["copy", "ends", "greedy", "heavy", "nothing", "number", "online", "twice"]
    assert [plugin.id for plugin in found] == [f"harpist-example/{name}" for name in names]
    assert not [name for name in sys.modules if name.startswith("harpist_example")]
    assert len(said) == 2
    assert "left out the entry point bad: “not a module” names no endpoint; module:Class is expected." in said[0]


def test_a_broken_one_costs_a_line(installed: Path) -> None:
    said: list[str] = []
    registry = Registry()
    add_plugins(registry, 60.0, said.append)
    assert registry.ids() == ("harpist-example/copy", "harpist-example/online")
    spec = registry.get("harpist-example/copy")
    assert spec.card.name == "Copy" and spec.controls[0].name == "reach" and spec.keeps_length and not spec.permits
    assert registry.get("harpist-example/online").permits == ("network",)
    lines = "\n".join(said)
    for sentence in (
        "harpist-example/online may use what the sandbox else takes away: network.",
        "left out harpist-example/heavy: It cannot be imported: ModuleNotFoundError: No module named 'a_library",
        "left out harpist-example/ends: It ended while it was imported (exit status 7).",
        "left out harpist-example/greedy: It permits itself “everything”; “network” and “processes” are known.",
        "left out harpist-example/twice: Two of its controls have the same name",
        "left out harpist-example/nothing: It cannot be imported: AttributeError: module",
        "left out harpist-example/number: It cannot be imported: AttributeError: 'int' object has no",
    ):
        assert sentence in lines
    assert len(said) == 9, lines
    assert not [name for name in sys.modules if name.startswith("harpist_example")]


def test_none_is_imported_outside_the_sandbox(installed: Path) -> None:
    said: list[str] = []
    registry = Registry()
    add_plugins(registry, 60.0, said.append, "This machine lacks a layer.")
    assert registry.ids() == () and "harpist: left out harpist-example/copy: This machine lacks a layer." in said
    if all(layer.active for layer in layers() if layer.name == "system calls"):
        # The server found this layer, and the process that imports does not.
        (installed / "pyseccomp.py").write_text("raise ImportError")
        with pytest.raises(WorkerCrashError, match=r"It cannot be imported: OSError: .*system calls"):
            ask("harpist-example/copy", ENTRIES["copy"], (), 60.0)


def test_a_package_may_lie_anywhere(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source" / "harpist_example"
    shutil.move(installed / "harpist_example", source)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    runpy.run_path(str(install_editable(installed, source)))
    plugin = next(plugin for plugin in find_plugins(print) if plugin.id == "harpist-example/copy")
    spec = ask(plugin.id, plugin.factory, plugin.reads, 60.0)
    assert spec.card.name == "Copy" and spec.reads == (str(source),)


def test_they_run_in_a_worker_with_what_they_state(bundled_home: Path, installed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "bundled").symlink_to(bundled_home / "bundled")
    sound = tmp_path / "take.wav"
    sound.write_bytes(SOUND)
    with run_server(home) as server:
        for name in ("copy", "online"):
            url = server.model(f"harpist-example/{name}")
            kind, data = call(url, "controls", [])
            assert kind == "complete" and data[0]["card"]["name"] == "Copy"
            kind, data = call(url, "process", [upload(url, sound), False])
            assert kind == "complete", data
            assert data[0]["url"].endswith("take-copied.wav")
            copied = tmp_path / "copied.wav"
            copied.write_bytes(httpx.get(data[0]["url"]).content)
            assert heard(copied) == heard(sound)
            told = provenance_in(copied)[1]
            assert told is not None and told.model == f"harpist-example/{name}"
            assert told.revision.startswith("harpist-example "), "its package's release"
        if all(layer.active for layer in layers() if layer.name == "system calls"):
            reach = [upload(url, sound), True]
            assert call(server.model("harpist-example/online"), "process", reach)[0] == "complete"
            assert call(server.model("harpist-example/copy"), "process", reach)[0] == "error"
