"""A folder that a training wrote, like a model: served, run, published to the hub and installed from there."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from endpoints.deepafx.chain import plan_of_data
from endpoints.deepafx.encoder import new_encoder
from endpoints.deepafx.folder import CARD, CHAIN, WEIGHTS, Result, write_result
from tests.endpoints.deepafx.test_serving import learnt_by_nobody
from tests.hub_server.server import HubServer, serve_hub
from tests.lv2_plugins import needs_compiler, needs_lilv, trials
from tests.server.harp import call, upload
from tests.server.manager import install, models, order, own_home
from tests.server.running import RunningServer, command, run_server
from tests.wire.clients import CLIENTS

RATE = 44100
TRIAL = [{"uri": "lv2:urn:harpist:trial", "name": "trial", "learn": {"gain": {"minimum": 0.1}}}]


def with_plugin(folder: Path) -> None:
    """Write what uses the tests' own LV2 plugin; it needs ``LV2_PATH``."""
    plan = plan_of_data(TRIAL)
    write_result(folder, Result(plan, new_encoder(1, 3), "With a plugin", "mit", {}))


@dataclass(frozen=True)
class Scene:
    """A server, the hub that it asks, and folders that trainings wrote."""

    server: RunningServer
    hub: HubServer
    home: Path
    folders: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        how = command(*arguments, home=self.home, HF_ENDPOINT=self.hub.url, HF_TOKEN="hf_alice", **QUIET)
        return subprocess.run(**how, capture_output=True, timeout=180, check=False)


QUIET = {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}


@pytest.fixture(scope="module")
def scene(bundled_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folders = tmp_path_factory.mktemp("learnt")
    learnt_by_nobody(folders / "My level")
    learnt_by_nobody(folders / "broken")
    (folders / "broken" / WEIGHTS).write_bytes(b"nothing")
    home = own_home(bundled_home, folders / "home")
    with serve_hub() as hub:
        flags = [f"--model={folders / name}" for name in ("My level", "broken")]
        with run_server(home, *flags, HF_ENDPOINT=hub.url, **QUIET) as server:
            yield Scene(server, hub, home, folders)


@pytest.fixture
def take(tmp_path: Path) -> Path:
    path = tmp_path / "take.wav"
    soundfile.write(path, np.random.default_rng(6).normal(0, 0.1, (60000, 2)), RATE, "PCM_24")
    return path


def shape(body: bytes | Path) -> tuple[int, int]:
    sound, rate = soundfile.read(io.BytesIO(body) if isinstance(body, bytes) else body, always_2d=True)
    assert rate == RATE and np.isfinite(sound).all() and np.abs(sound).max() > 0
    return sound.shape


@pytest.mark.parametrize("kind", CLIENTS, ids=lambda kind: kind.version)
def test_a_folder_is_served_like_a_model(kind: type, scene: Scene, take: Path) -> None:
    client = kind(scene.server.model("local/My-level"))
    client.load()
    assert client.card["name"] == "Test" and client.card["author"] == "local"
    result = client.process(take)
    ((_, body),) = result.files
    assert shape(body) == (60000, 2) and result.labels


def test_a_broken_one_costs_a_sentence(scene: Scene) -> None:
    (line,) = [line for line in scene.server.lines if line.startswith("harpist: left out ")]
    assert "broken" in line and "“encoder.safetensors” is no safetensors file" in line, line


def test_the_command_line_runs_one(scene: Scene, take: Path, tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "out")]
    done = scene.run("process", str(scene.folders / "My level"), str(take), "--set", "Amount=50", *out)
    assert done.returncode == 0, done.stderr
    written = [Path(line) for line in done.stdout.splitlines()]
    assert {path.suffix for path in written} == {".wav", ".txt", ".json"}
    assert shape(next(path for path in written if path.suffix == ".wav")) == (60000, 2)


@pytest.mark.slow  # a dozen programs, one after the other
def test_what_is_published_is_found_installed_and_offered(scene: Scene, take: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(scene.folders / "My level", mine)
    (mine / "checkpoint.pt").write_bytes(b"x")
    sent = scene.run("publish", str(mine), "alice/my-level", "--tag", "v1")
    assert sent.returncode == 0, sent.stderr
    files = set(scene.hub.repositories["alice/my-level"].head.files) - {".gitattributes"}
    assert files == {CHAIN, WEIGHTS, CARD}
    found = scene.run("models", "search", "deepafx")
    assert "alice/my-level" in found.stdout and "mit" in found.stdout, found.stdout + found.stderr

    ended = install(scene.server.url, "alice/my-level@v1")
    assert ended["state"] == "done", ended
    (client := CLIENTS[-1](scene.server.model("alice/my-level"))).load()
    assert client.card["author"] == "alice"
    ((_, body),) = client.process(take).files
    assert shape(body) == (60000, 2)
    listed = models(scene.server.url)["alice/my-level"]
    assert listed["installed"] and listed["url"].endswith("/models/alice/my-level"), listed
    # The next server of the same home has it at once, and asks neither the hub nor the folder.
    with run_server(scene.home, HF_HUB_OFFLINE="1", **QUIET) as again:
        base = again.model("alice/my-level")
        (listing,) = call(base, "controls", [])[1]
        kind, data = call(base, "process", [upload(base, take), *(item["value"] for item in listing["inputs"][1:])])
        assert kind == "complete", data
    # A new commit is an update like a model's.
    told = mine / CHAIN
    told.write_text(told.read_text().replace('"Test"', '"Tested"'))
    assert scene.run("publish", str(mine), "alice/my-level", "--update").returncode == 0
    assert scene.run("models", "install", "alice/my-level@main").returncode == 0
    told.write_text(told.read_text().replace('"Tested"', '"Told"'))
    assert scene.run("publish", str(mine), "alice/my-level", "--update").returncode == 0
    updated = scene.run("models", "update", "alice/my-level")
    assert updated.returncode == 0 and "name: Tested → Told" in updated.stdout, updated.stdout + updated.stderr
    assert order(scene.server.url, "remove", id="alice/my-level").status_code == 200
    assert call(scene.server.url, "controls", [])[0] == "complete"
    assert "alice/my-level" not in [*models(scene.server.url, installed="yes")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({WEIGHTS: b"nothing"}, "“encoder.safetensors” is no safetensors file"),
        ({CHAIN: b"{}"}, "chain.json has no list “plugin”"),
        pytest.param(
            {CHAIN: b'{"format": 1, "plugin": [{"uri": "lv2:urn:none"}]}'},
            "No LV2 plugin with the URI “urn:none”|lilv",
            marks=pytest.mark.slow,
        ),
        ({CHAIN: b'{"format": 1, "plugin": [{"uri": "/etc/some.vst3"}]}'}, "It names a plugin by a path"),
        pytest.param(
            {CHAIN: b'{"format": 1, "plugin": [{"uri": "harpist:gate"}]}'},
            "does not fit the chain",
            marks=pytest.mark.slow,
        ),
        ({CHAIN: b"[" * 5000}, "chain.json is not JSON"),
    ],
)
def test_what_cannot_be_used_is_not_offered(change: dict[str, bytes], said: str, scene: Scene) -> None:
    files = {name: (scene.folders / "My level" / name).read_bytes() for name in (CHAIN, WEIGHTS, CARD)}
    scene.hub.add("bob/odd", {**files, **change})
    ended = install(scene.server.url, "bob/odd")
    assert ended["state"] == "failed" and re.search(said, str(ended["error"])), ended
    assert str(scene.home) not in str(ended["error"])
    assert not (scene.home / "hub" / "bob" / "odd").exists()


def test_nothing_but_numbers_and_words_is_taken(scene: Scene) -> None:
    files = {name: (scene.folders / "My level" / name).read_bytes() for name in (CHAIN, WEIGHTS, CARD)}
    scene.hub.add("bob/more", {**files, "setup.py": b"raise SystemExit", "plugin.so": b"\x7fELF"})
    assert install(scene.server.url, "bob/more")["state"] == "done"
    (commit,) = (path for path in (scene.home / "hub" / "bob" / "more").iterdir() if path.is_dir())
    assert {path.name for path in commit.iterdir()} == {CHAIN, WEIGHTS, CARD}


@pytest.mark.slow  # tests/endpoints/deepafx/test_given_folder.py has the same without the command line
@needs_lilv
@needs_compiler
def test_one_with_a_plugin_runs_where_the_plugin_is(
    scene: Scene, take: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LV2_PATH", str(trials()))
    with_plugin(tmp_path / "plugged")
    out = ["--out", str(tmp_path / "out"), "--overwrite"]
    done = scene.run("process", str(tmp_path / "plugged"), str(take), *out)
    assert done.returncode == 0, done.stderr
    settings = json.loads((tmp_path / "plugged" / CHAIN).read_text())
    assert settings["plugin"][0]["version"] == "2.4"
    monkeypatch.setenv("LV2_PATH", str(tmp_path))
    missing = scene.run("process", str(tmp_path / "plugged"), str(take), *out)
    assert missing.returncode != 0 and "No LV2 plugin with the URI “urn:harpist:trial” is installed" in missing.stderr
