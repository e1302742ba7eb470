"""What an app may reach: its own folder, what the setting permits, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.config import Settings
from app.errors import SettingsError, WorkerCrashError
from app.pyharp_apps import found
from app.pyharp_apps.found import add_app, add_apps, is_app
from app.pyharp_apps.granted import granted_to
from app.registry import Registry
from app.setting_values import load_settings
from app.workers.sandbox.layers import layers
from tests.pyharp_apps.apps import APPS, app_spec

closed = pytest.mark.skipif(not all(layer.active for layer in layers()), reason="this machine lacks a layer")
SAYS = """
import gradio as gr
from pyharp import ModelCard, build_endpoint

{body}
build_endpoint(ModelCard("Says", str(told), "", []), [gr.Textbox(label="T")], [gr.Textbox(label="U")], str)
"""


def said(folder: Path, body: str, *permits: str) -> str:
    """Return what an app tells on its card of what it found."""
    (folder / "own").mkdir(exist_ok=True)
    path = folder / "own" / "app.py"
    path.write_text(SAYS.format(body=body))
    return app_spec(path, permits=permits).card.description


@closed
def test_a_folder_to_read_and_one_to_write(tmp_path: Path) -> None:
    for name in ("given", "kept", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "secret.txt").write_text(name)
    body = f"""
told = []
for name in ("given", "kept", "other"):
    for what in ("r", "a"):
        try:
            open("{tmp_path}/" + name + "/secret.txt", what).close()
            told.append(name + what)
        except PermissionError:
            pass
import os
told.append(os.environ.get("HF_HOME", "-"))
"""
    assert said(tmp_path, body) == "['-']"
    permits = (f"read:{tmp_path}/given", f"write:{tmp_path}/kept")
    assert said(tmp_path, body, *permits) == f"['givenr', 'keptr', 'kepta', '{tmp_path}/kept/huggingface']"


@closed
def test_it_reads_its_folder_and_writes_a_place_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "own" / "part").mkdir(parents=True)
    (tmp_path / "own" / "part" / "weights.txt").write_text("7")
    body = """
import os, pathlib
told = [open("part/weights.txt").read(), (pathlib.Path(__file__).parent / "part" / "weights.txt").read_text()]
for path in ("new.txt", "part/new.txt", "part/weights.txt"):
    try:
        open(path, "w").close()
        told.append(path)
    except PermissionError:
        pass
"""
    assert said(tmp_path, body) == "['7', '7', 'new.txt', 'part/new.txt']"
    assert sorted(path.name for path in (tmp_path / "own").rglob("*")) == ["app.py", "part", "weights.txt"]
    assert (tmp_path / "own" / "part" / "weights.txt").read_text() == "7"


@closed
@pytest.mark.parametrize("made", ["Lock()", "Queue()", "Pool(2)"])
@pytest.mark.parametrize("permits", [(), ("processes",)])
def test_shared_memory_is_refused_with_what_does_the_same(tmp_path: Path, made: str, permits: tuple[str, ...]) -> None:
    with pytest.raises(WorkerCrashError, match=r"need shared memory, .* multiprocessing\.dummy, ThreadPoolExecutor\.$"):
        said(tmp_path, f"import multiprocessing\ntold = multiprocessing.{made}", *permits)


@closed
def test_a_file_of_its_own_is_not_overwritten_but_where_that_is_permitted(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "state.json").write_text("7")
    body = "open('state.json', 'w').write('8')\ntold = open('state.json').read()"
    with pytest.raises(WorkerCrashError, match=r"may not change “state\.json”: the files of its folder are read only"):
        said(tmp_path, body)
    assert (tmp_path / "own" / "state.json").read_text() == "7"
    assert said(tmp_path, body, f"write:{tmp_path}/own") == "8"
    assert (tmp_path / "own" / "state.json").read_text() == "8"


@closed
def test_network_only_where_it_is_permitted(tmp_path: Path) -> None:
    body = """
import socket
from app.setting_values import load_settings
try:
    socket.socket().close()
    told = "open"
except PermissionError:
    told = "closed"
"""
    assert said(tmp_path, body) == "closed"
    assert said(tmp_path, body, "network") == "open"


def test_a_home_folder_is_nobodys_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "apps").mkdir()
    alone = granted_to(tmp_path / "app.py", ())
    assert (alone.reads, alone.works_in) == ((str(tmp_path / "app.py"),), "")
    inside = granted_to(tmp_path / "apps" / "app.py", ("network",))
    assert (inside.reads, inside.works_in) == ((str(tmp_path / "apps"),), str(tmp_path / "apps"))
    assert inside.sentence() == "network"


def test_what_a_permit_may_be() -> None:
    load_settings({"permit": ("network", "processes", "read:/x", "write:/y")}, {})
    with pytest.raises(SettingsError, match="permit expects network, processes, read:FOLDER or write:FOLDER, not “all"):
        load_settings({"permit": ("all",)}, {})
    with pytest.raises(SettingsError, match="expects a folder that is there, not “write:/no/such/folder”"):
        granted_to(Path("/x/app.py"), ("write:/no/such/folder",))


def test_a_server_asks_once_and_a_broken_app_costs_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    own = tmp_path / "my-app"
    own.mkdir()
    (own / "app.py").write_text(SAYS.format(body="told = 'One'"))
    (own / "broken.py").write_text("raise ValueError('no')")
    sources = (str(own / "app.py"), str(own / "broken.py"), str(own), str(own / "gone.py"), str(APPS / "optional.py"))
    settings = Settings(home=tmp_path / "home", pyharp_app=sources, permit=("network",))
    registry = Registry()
    add_apps(registry, settings, lines.append)
    assert registry.ids() == ("local/says", "local/optional")
    text = "\n".join(lines)
    assert f"left out {sources[1]}: broken.py, line 1: ValueError: no." in text
    assert "my-app: it is a folder; its app.py is expected." in text
    assert "gone.py: there is no such file." in text
    assert "harpist: local/says may use what the sandbox else takes away: network." in text
    assert json.loads(next((tmp_path / "home" / "pyharp").iterdir()).read_text())["stamp"]

    def fail(*_: object) -> None:
        raise WorkerCrashError("asked again")

    monkeypatch.setattr(found, "ask", fail)
    assert add_app(Registry(), settings, sources[0], print) == "local/says"
    (own / "beside.txt").write_text("changed")
    with pytest.raises(WorkerCrashError, match="asked again"):
        add_app(Registry(), settings, sources[0], print)
    lines.clear()
    add_apps(Registry(), settings, lines.append, "This machine lacks a layer.")
    assert lines == [f"harpist: left out {source}: This machine lacks a layer." for source in sources]


def test_which_files_are_apps(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("")
    assert is_app(str(tmp_path / "app.py"))
    assert not any(map(is_app, (str(tmp_path), str(tmp_path / "x.py"), "owner/name.py", "harpist/loudness")))
