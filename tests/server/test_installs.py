"""Installing while the server runs: from an order over HTTP to a working endpoint, or to the reason against one."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
import torch
from torch import nn

from tests.audacitorch.models import EFFECT, RATE, save
from tests.fixtures.models.half import Half
from tests.hub_server.faults import Slow
from tests.hub_server.server import HubServer, serve_hub
from tests.server.harp import call, upload
from tests.server.manager import Fails, install, installed, model_files, models, order, own_home, wait_for
from tests.server.metrics import counted
from tests.server.running import RunningServer, command, run_server

TOKEN = "let-me-in"
LONG = 8
"""Seconds of sound with which a model that is slow when it is loud is busy for a while."""


class Weights(nn.Module):
    """Half the level, with a megabyte of weights."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("unused", torch.rand(250_000))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 0.5 * x


class Quarter(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 0.25 * x


class SlowWhenLoud(nn.Module):
    """A copy, after some seconds of work where the sound is louder than in any trial."""

    def __init__(self, rounds: int) -> None:
        super().__init__()
        self.rounds = rounds

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if bool(x.abs().max() > 3.0):
            matrix = torch.eye(512)
            for _ in range(self.rounds):
                matrix = (matrix @ matrix).clamp(-1.0, 1.0)
            x = x * matrix[0, 0]
        return x


class Crashes(nn.Module):
    """Gives an operator indices far out of range, which it does not check."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        far = torch.full([1, 1, 2, 2], 1 << 40, dtype=torch.int64)
        small, large = torch.ones(1, 1, 2, 2), torch.ones(1, 1, 4, 4)
        spread = torch.ops.aten.max_pool2d_with_indices_backward(
            small, large, [2, 2], [2, 2], [0, 0], [1, 1], False, far
        )
        return x * spread[0, 0, 0, 0]


@dataclass(frozen=True)
class Scene:
    hub: HubServer
    server: RunningServer
    home: Path

    @property
    def url(self) -> str:
        return self.server.url


@pytest.fixture(scope="module")
def scene(bundled_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home = own_home(bundled_home, tmp_path_factory.mktemp("installs"))
    made = tmp_path_factory.mktemp("models")
    modules = {
        "someone/half": Half(),
        "someone/weights": Weights(),
        "someone/busy": SlowWhenLoud(1500),
        "someone/endless": SlowWhenLoud(1_000_000),
        "someone/fails": Fails(),
        "someone/crashes": Crashes(),
        "someone/cli": Half(),
        "denied/half": Half(),
        "someone/gated": Half(),
        "someone/private": Half(),
    }
    with serve_hub() as hub:
        for name, module in modules.items():
            hub.add(name, model_files(save(module, EFFECT, made / name)))
        hub.repositories["someone/gated"].gated = True
        hub.repositories["someone/private"].private = True
        flags = ["--deny", "denied/*", "--max-model=8", "--job-timeout-per-minute=0"]
        with run_server(home, *flags, **environment(hub, home)) as server:
            yield Scene(hub, server, home)
        assert not any("Traceback" in line for line in server.lines), "\n".join(server.lines)


def environment(hub: HubServer, home: Path) -> dict[str, str]:
    return {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(home / "hf"),
        "HF_TOKEN": "",
        "HARPIST_INSTALL_TOKEN": TOKEN,
        "HARPIST_METRICS": "yes",
    }


@pytest.fixture
def loud(tmp_path: Path) -> Path:
    path = tmp_path / "loud.wav"
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, LONG * RATE).astype(np.float32)
    noise[RATE] = 4.0
    soundfile.write(path, noise, RATE, subtype="FLOAT")
    return path


def values(base: str, path: Path) -> list[object]:
    listing = call(base, "controls", [])[1]
    return [upload(base, path), *(item["value"] for item in listing[0]["inputs"][1:])]


def result(data: list[dict[str, str]], path: Path) -> np.ndarray:
    path.write_bytes(httpx.get(data[0]["url"], timeout=30).content)
    return soundfile.read(path, dtype="float32")[0]


def begin(scene: Scene, model_id: str, path: Path) -> tuple[threading.Thread, list[tuple[str, object]]]:
    """Start a job and wait until it computes."""
    base, answers = scene.server.model(model_id), list[tuple[str, object]]()
    sent = values(base, path)
    thread = threading.Thread(target=lambda: answers.append(call(base, "process", sent)), daemon=True)
    thread.start()
    wait_for(lambda: bool(list(scene.home.glob("work/workers/*/*/in/*"))), 30)
    assert answers == []
    return thread, answers


def files(scene: Scene, model_id: str) -> list[Path]:
    return [path for path in (scene.home / "hub" / model_id).rglob("*") if path.is_file()]


def test_an_order_becomes_an_endpoint_and_two_orders_are_one(scene: Scene, loud: Path, tmp_path: Path) -> None:
    scene.hub.faults = [Slow("/cdn/someone/weights/*", seconds=0.05, block=65_536)]
    first, second = (order(scene.url, "install", model=text) for text in ("someone/weights", " someone/Weights "))
    assert (first.status_code, second.status_code) == (202, 202)
    seen = installed(scene.url, "someone/weights")
    assert seen[-1]["state"] == "done" and seen[-1]["revision"] == scene.hub.commit("someone/weights")
    moving = [item for item in seen if item["state"] == "downloading" and item["speed"]]
    assert moving and all(0 < item["done"] <= item["total"] for item in moving)
    assert any(item["left"] is not None and item["left"] > 0 for item in moving)
    assert "trying" in [item["state"] for item in seen]
    assert len(scene.hub.asked("/cdn/someone/weights/")) == 1
    base = scene.server.model("someone/weights")
    kind, data = call(base, "process", values(base, loud))
    assert kind == "complete", data
    assert np.allclose(result(data, tmp_path / "half.wav"), 0.5 * soundfile.read(loud, dtype="float32")[0])
    entry = models(scene.url)["someone/weights"]
    assert (entry["source"], entry["installed"], entry["url"], entry["problem"]) == ("hub", True, base, "")
    assert entry["revision"] == scene.hub.commit("someone/weights") and not entry["update"]
    assert entry["speed"] > 1 and entry["memory"] > 0
    assert httpx.get(f"{base}/", timeout=60).status_code == 200


def test_a_cancel_keeps_what_came_and_a_second_order_goes_on_there(scene: Scene) -> None:
    repository = scene.hub.repositories["someone/half"]
    repository.push(
        {"model.pt": repository.head.files["model.pt"].data, "README.md": "---\nlicense: mit\n---\n" + "x" * 9000}
    )
    scene.hub.faults = [Slow("/cdn/someone/half/*", seconds=0.2, block=500)]
    before = counted(scene.url)
    assert order(scene.url, "install", model="someone/half").status_code == 202
    part = scene.home / "hub" / "someone" / "half" / ".incoming" / repository.head.sha / "model.pt.part"
    wait_for(lambda: part.exists() and part.stat().st_size > 500)
    assert order(scene.url, "cancel", id="someone/half").status_code == 200
    assert installed(scene.url, "someone/half")[-1]["state"] == "cancelled"
    assert httpx.get(scene.server.model("someone/half"), timeout=10).status_code == 404
    here = part.stat().st_size
    scene.hub.faults = []
    assert install(scene.url, "someone/half")["state"] == "done"
    assert scene.hub.asked("/cdn/someone/half/")[-1].headers["range"] == f"bytes={here}-"
    grown = {name: value - before[name] for name, value in counted(scene.url).items() if name in before}
    assert grown["harpist_hub_installs_total", "cancelled"] == 1 == grown["harpist_hub_installs_total", "done"]
    size = sum(path.stat().st_size for path in files(scene, "someone/half") if path.suffix in (".pt", ".md", ".json"))
    assert grown[("harpist_hub_download_bytes_total",)] == pytest.approx(size, abs=2000)


@pytest.mark.parametrize(
    ("model_id", "sentence"),
    [
        ("someone/fails", "The model failed when it was tried on noise: never works"),
        ("someone/crashes", "The model crashed (segmentation fault)."),
        ("someone/gated", "someone/gated is gated: ask for access on its page"),
        ("someone/private", "someone/private was not found, or is private: check the name, or sign in with HF_TOKEN"),
        ("someone/missing", "someone/missing was not found, or is private"),
    ],
)
def test_what_cannot_be_offered_is_kept_out_with_the_reason(scene: Scene, model_id: str, sentence: str) -> None:
    ended = install(scene.url, model_id)
    assert ended["state"] == "failed"
    assert ended["error"].startswith(sentence) and "\n" not in ended["error"]
    assert httpx.get(scene.server.model(model_id), timeout=10).status_code == 404
    assert files(scene, model_id) == []
    entry = models(scene.url).get(model_id)
    if entry is not None:
        assert (entry["installed"], entry["url"], entry["problem"]) == (False, "", ended["error"])


@pytest.mark.parametrize(
    ("text", "status", "sentence"),
    [
        ("denied/half", 403, "denied/half may not be installed on this server"),
        ("harpist/chords", 403, "harpist/chords is the name of a model that came with this server."),
        ("../../etc", 400, "“../../etc” is not a hub id"),
        ("", 400, "Expected is a text “model”, such as OWNER/NAME."),
    ],
)
def test_what_may_not_be_installed_is_refused_at_once(scene: Scene, text: str, status: int, sentence: str) -> None:
    answer = order(scene.url, "install", model=text)
    assert answer.status_code == status and answer.json()["error"].startswith(sentence)


def test_only_this_machine_and_whoever_has_the_token_change_anything(scene: Scene) -> None:
    def tried(**headers: str) -> int:
        headers = {name.replace("_", "-"): text for name, text in headers.items()}
        return order(scene.url, "cancel", headers, id="nobody/nothing").status_code

    assert tried() == 404, "from this machine"
    assert tried(X_Forwarded_For="203.0.113.5") == 403
    assert tried(X_Forwarded_For="203.0.113.5", Authorization=f"Bearer {TOKEN}") == 404
    assert tried(X_Forwarded_For="203.0.113.5", X_Harpist_Token=TOKEN) == 404
    assert tried(X_Forwarded_For="203.0.113.5", X_Harpist_Token="guess") == 403
    assert tried(Host="rebound.example", Origin="http://rebound.example") == 403
    assert tried(Origin="http://elsewhere.example") == 403
    form = httpx.post(f"{scene.url}/manager/remove", content='{"id": "a/b"}', headers={"Content-Type": "text/plain"})
    assert form.status_code == 400
    answer = httpx.get(f"{scene.url}/manager/models", headers={"X-Forwarded-For": "203.0.113.5"}, timeout=30)
    assert answer.json()["may_install"] is False
    assert httpx.get(f"{scene.url}/manager/models", timeout=30).json()["may_install"] is True
    assert httpx.get(f"{scene.url}/manager/nothing").status_code == 404
    assert httpx.get(f"{scene.url}/manager/install").status_code == 405


@pytest.mark.slow
def test_an_update_tells_its_changes_and_leaves_running_jobs_their_files(scene: Scene, loud: Path) -> None:
    assert install(scene.url, "someone/busy")["state"] == "done"
    before = scene.hub.commit("someone/busy")
    repository = scene.hub.repositories["someone/busy"]
    text = repository.head.files["metadata.json"].data.decode()
    told = httpx.get(f"{scene.url}/manager/update", params={"id": "someone/busy"}, timeout=30).json()
    assert told == {"update": None}
    after = repository.push({"metadata.json": text.replace("A long description.", "Another description.")})
    update = httpx.get(f"{scene.url}/manager/update", params={"id": "someone/busy"}, timeout=30).json()["update"]
    assert update["revision"] == after
    change = {"field": "long_description", "before": "A long description.", "after": "Another description."}
    assert change in update["changes"]
    assert install(scene.url, "someone/busy")["revision"] == before, "only an update changes what is installed"
    old = scene.home / "hub" / "someone" / "busy" / before
    thread, answers = begin(scene, "someone/busy", loud)
    assert order(scene.url, "update", id="someone/busy").status_code == 202
    assert installed(scene.url, "someone/busy")[-1]["revision"] == after
    card = call(scene.server.model("someone/busy"), "controls", [])[1][0]["card"]
    assert "Another description." in card["description"]
    if thread.is_alive():
        assert (old / "model.pt").exists()
    thread.join(60)
    assert answers[0][0] == "complete", answers
    wait_for(lambda: not old.exists())


def test_removing_ends_the_jobs_and_frees_the_space(scene: Scene, loud: Path) -> None:
    assert install(scene.url, "someone/endless")["state"] == "done"
    assert httpx.get(f"{scene.server.model('someone/endless')}/", timeout=60).status_code == 200, "it has a page"
    thread, answers = begin(scene, "someone/endless", loud)
    freed = order(scene.url, "remove", id="someone/endless").json()["freed"]
    thread.join(30)
    assert answers == [("error", {"error": "The job was cancelled."})]
    assert freed > 1000 and files(scene, "someone/endless") == []
    assert httpx.get(scene.server.model("someone/endless"), timeout=10).status_code == 404
    assert not models(scene.url)["someone/endless"]["installed"]
    assert order(scene.url, "remove", id="someone/endless").status_code == 404
    kept = order(scene.url, "remove", id="harpist/chords")
    assert kept.status_code == 403 and "came with this server" in kept.json()["error"]


@pytest.mark.slow
def test_the_command_line_works_beside_the_server(scene: Scene) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        keywords = command("models", *arguments, home=scene.home, **environment(scene.hub, scene.home))
        return subprocess.run(**keywords, capture_output=True, timeout=120, check=False)

    scene.hub.faults = []
    done = run("install", "someone/cli", "someone/missing")
    assert done.returncode == 1
    assert done.stdout.startswith(f"someone/cli is installed at {scene.hub.commit('someone/cli')[:12]}, ")
    assert done.stderr.startswith("harpist: someone/missing is not installed: someone/missing was not found")
    assert len(done.stderr.splitlines()) == 1
    base = scene.server.model("someone/cli")
    assert call(base, "controls", [])[0] == "complete", "the server notices what it does not know"
    assert run("update", "--all").returncode == 0
    found = run("search", "someone/cli")
    assert found.returncode == 0 and found.stdout.startswith("someone/cli  Effect, 8 kHz, ")
    removed = run("remove", "someone/cli")
    assert removed.returncode == 0 and removed.stdout.startswith("someone/cli is removed; that frees ")
    assert not models(scene.url)["someone/cli"]["installed"]
    assert httpx.get(base, timeout=10).status_code == 404
