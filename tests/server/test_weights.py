"""An endpoint in Python and its weights: from a card in the gallery to HARP, over a kill, offline, and away again."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from app.workers.sandbox.layers import layers
from tests.fixtures.weights import install_weighted, stock
from tests.hub_server.faults import Slow
from tests.hub_server.server import HubServer, serve_hub
from tests.server.harp import call, upload
from tests.server.manager import install, installed, models, order, progress, wait_for
from tests.server.running import RunningServer, command, run_server

MODULE = "tests.server.weighted"
PACKAGE = "harpist-example"
TINY, BOTH = f"{PACKAGE}/tiny", f"{PACKAGE}/both"
CLOSED = all(layer.active for layer in layers())


@dataclass(frozen=True)
class Scene:
    hub: HubServer
    home: Path
    marker: Path
    stated: dict[str, Any]
    environment: dict[str, str]

    def serve(self, *flags: str, **environment: str) -> Any:
        return run_server(self.home, *flags, module=MODULE, **{**self.environment, **environment})

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        how = command(*arguments, home=self.home, module=MODULE, **{**self.environment, **environment})
        return subprocess.run(how.pop("args"), capture_output=True, timeout=180, **how)

    def weights(self) -> list[str]:
        """Every file of the weights' folder but the locks."""
        top = self.home / "weights"
        paths = (path.relative_to(top) for path in top.rglob("*") if path.is_file())
        return sorted(path.as_posix() for path in paths if path.parts[0] != ".locks")


def scene(folder: Path, hub: HubServer, *names: str) -> Scene:
    stated = stock(hub, folder / "marker")
    site = install_weighted(folder / "site", stated, *names)
    home = folder / "home"
    home.mkdir()
    environment = {"HF_ENDPOINT": hub.url, "PYTHONPATH": str(site)}
    return Scene(hub, home, folder / "marker", stated, environment)


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with serve_hub() as server:
        yield server


def sound(folder: Path) -> Path:
    path = folder / "take.wav"
    soundfile.write(path, np.sin(np.arange(16_000) / 9.0).astype(np.float32) * 0.5, 8000)
    return path


def process(server: RunningServer, name: str, path: Path, look: str) -> tuple[np.ndarray, str]:
    """Process a file as HARP does; returns the sound and the report."""
    url = server.model(name)
    kind, data = call(url, "process", [upload(url, path), look])
    assert kind == "complete", data
    samples, rate = soundfile.read(_bytes(data[0]["url"]))
    assert rate == 8000
    return samples, json.dumps(data[1])


def _bytes(url: str) -> Any:
    import io

    return io.BytesIO(httpx.get(url, timeout=60).content)


@pytest.mark.slow
def test_from_the_card_to_harp_and_away_again(tmp_path: Path, hub: HubServer) -> None:
    set_up = scene(tmp_path, hub, "tiny", "both")
    path, secret = sound(tmp_path), set_up.home / "weights" / "endpoints"
    size = set_up.stated["owner/tiny"]["size"]
    with set_up.serve() as server:
        card = models(server.url)[TINY]
        assert (card["installed"], card["url"], card["size"], card["source"]) == (False, "", size, "folder")
        assert card["weights"] == {"size": size, "installed": False, "asks": "", "lacking": "", "speed": 0.0}
        answer = httpx.post(f"{server.model(TINY)}/gradio_api/call/controls", json={"data": []})
        assert answer.status_code == 404 and "needs its weights first" in answer.text
        # Killed in the middle of the download: server and all.
        hub.faults = [Slow("/cdn/*", seconds=0.4, block=8_000)]
        assert order(server.url, "install", model=TINY.upper()).status_code == 202
        wait_for(lambda: progress(server.url, TINY)["done"] > 50_000)
        seen = progress(server.url, TINY)
        assert seen["state"] == "downloading" and seen["total"] == size and seen["speed"] > 0
        server.process.kill()
        server.process.wait()
    (part,) = [name for name in set_up.weights() if name.endswith(".part")]
    here = (set_up.home / "weights" / part).stat().st_size
    assert 50_000 <= here < size
    hub.faults = []
    hub.requests.clear()
    with set_up.serve() as server:
        assert install(server.url, TINY)["state"] == "done"
        assert [request.headers.get("range") for request in hub.asked("tiny.safetensors")] == [f"bytes={here}-"]
        card = models(server.url)[TINY]
        assert card["installed"] and card["weights"]["installed"] and card["speed"] > 0 and card["size"] == size
        assert card["url"].startswith(server.model(TINY))
        samples, report = process(server, TINY, path, str(secret))
        assert samples.shape == (16_000,) and 0.001 < np.abs(samples).max() < 1.0
        assert "HF_HUB_OFFLINE=1" in report and "TRANSFORMERS_OFFLINE=1" in report
        assert "config.json" in report and "tiny.safetensors" in report and "README" not in report
        if CLOSED:
            for what in ("write", "look", "network"):
                assert f"{what}: PermissionError" in report, report
        hub.requests.clear()
        # What both use is brought once, and what one uses stays with it.
        refused = order(server.url, "install", model=BOTH)
        assert refused.status_code == 403
        assert "owner/paid (cc-by-nc-4.0)" in refused.text and "accept_licence" in refused.text
        assert "cc-by-nc-4.0" in models(server.url)[BOTH]["weights"]["asks"]
        assert order(server.url, "install", model=BOTH, accept_licence=True).status_code == 202
        assert installed(server.url, BOTH)[-1]["state"] == "done"
        assert not hub.asked("tiny.safetensors") and hub.asked("paid.safetensors")
        card = models(server.url)[BOTH]
        assert card["licence"] == "mit, cc-by-nc-4.0" and card["weights"]["asks"] == ""
        assert "owner/paid: cc-by-nc-4.0, for non-commercial use only" in card["long"]
    hub.requests.clear()
    with set_up.serve(HF_HUB_OFFLINE="1") as server:
        again, _ = process(server, TINY, path, "/nowhere")
        assert np.array_equal(samples, again) and models(server.url)[BOTH]["url"]
        assert order(server.url, "remove", id=BOTH).json() == {"freed": set_up.stated["owner/paid"]["size"]}
        # Asked once, remembered ever after.
        assert models(server.url)[BOTH]["weights"]["asks"] == ""
        assert models(server.url)[TINY]["url"] and not hub.requests
        freed = order(server.url, "remove", id=TINY).json()["freed"]
        assert freed == size and set_up.weights() == ["accepted.json"]
        assert models(server.url)[TINY]["url"] == ""
        gone = order(server.url, "remove", id=TINY)
        assert gone.status_code == 404 and f"{TINY} is not installed." in gone.text


@pytest.mark.slow
def test_on_the_command_line_beside_a_server(tmp_path: Path, hub: HubServer) -> None:
    set_up = scene(tmp_path, hub, "both", "tiny")
    refused = set_up.run("models", "install", BOTH)
    assert refused.returncode == 1 and "non-commercial use only: owner/paid (cc-by-nc-4.0)" in refused.stderr
    assert "--accept-licence" in refused.stderr and set_up.weights() == []
    hub.faults = [Slow("/cdn/*", seconds=0.4, block=8_000)]
    how = command("models", "install", "--accept-licence", BOTH, home=set_up.home, module=MODULE, **set_up.environment)
    killed = subprocess.Popen(how.pop("args"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how)
    wait_for(lambda: sum(path.stat().st_size for path in set_up.home.rglob("*.part")) > 50_000, 120)
    killed.kill()
    killed.wait()
    hub.faults = []
    hub.requests.clear()
    done = set_up.run("models", "install", BOTH)
    assert done.returncode == 0, done.stderr
    assert f"{BOTH} is installed at {set_up.stated['owner/tiny']['revision'][:12]}" in done.stdout
    assert hub.asked("tiny.safetensors")[0].headers["range"].startswith("bytes=")
    listed = set_up.run("models", "list", HF_HUB_OFFLINE="1").stdout
    assert f"{BOTH}  Two repositories\n" in listed
    assert f"{TINY}  Tiny network: not offered yet" in listed and f"models install {TINY}" in listed
    path = sound(tmp_path)
    waits = set_up.run("process", TINY, str(path))
    assert waits.returncode == 1 and f"{TINY} needs its weights first" in waits.stderr
    ran = set_up.run("process", BOTH, str(path), "--out", str(tmp_path / "out"), HF_HUB_OFFLINE="1")
    assert ran.returncode == 0, ran.stderr
    assert {found.suffix for found in (tmp_path / "out").iterdir()} >= {".wav"}
    with set_up.serve() as server:
        assert models(server.url)[BOTH]["url"]
        removed = set_up.run("models", "remove", BOTH)
        assert removed.returncode == 0 and "that frees" in removed.stdout, removed.stderr
        wait_for(lambda: models(server.url)[BOTH]["url"] == "")
    assert set_up.weights() == ["accepted.json"]
    assert set_up.run("models", "remove", BOTH).returncode == 1


def test_what_fails_lacks_or_is_forbidden_is_a_sentence(tmp_path: Path, hub: HubServer) -> None:
    set_up = scene(tmp_path, hub, "fails", "pickled", "lacking", "tiny", "both")
    with set_up.serve("--deny", BOTH) as server:
        cards = models(server.url)
        lacking = cards[f"{PACKAGE}/lacking"]["problem"]
        assert lacking == (
            "It needs the library a_library_that_nobody_has; "
            "this installs it: python -m pip install a_library_that_nobody_has"
        )
        answer = order(server.url, "install", model=f"{PACKAGE}/lacking")
        assert answer.status_code == 404 and "a_library_that_nobody_has" in answer.text
        answer = order(server.url, "install", model=BOTH, accept_licence=True)
        assert answer.status_code == 403 and f"{BOTH} may not be installed on this server" in answer.text
        assert order(server.url, "install", model=f"{PACKAGE}/fails", accept_licence="yes").status_code == 400
        assert order(server.url, "install", model=f"{PACKAGE}/fails", accept_licence=True).status_code == 202
        failed = installed(server.url, f"{PACKAGE}/fails")[-1]
        assert failed["state"] == "failed" and "never works" in failed["error"]
        assert "never works" in models(server.url)[f"{PACKAGE}/fails"]["problem"]
        failed = install(server.url, f"{PACKAGE}/pickled")
        assert failed["state"] == "failed", failed
        assert not set_up.marker.exists(), "the pickle ran"
        assert "weights_only" in failed["error"] or "Weights only" in failed["error"], failed
        # Ended by its user, and taken away unfinished.
        hub.faults = [Slow("/cdn/*", seconds=0.2, block=8_000)]
        assert order(server.url, "install", model=TINY).status_code == 202
        wait_for(lambda: progress(server.url, TINY)["done"] > 10_000)
        began = time.monotonic()
        assert order(server.url, "cancel", id=TINY).status_code == 200
        assert progress(server.url, TINY)["state"] == "cancelled" and time.monotonic() - began < 10
        freed = order(server.url, "remove", id=TINY).json()["freed"]
        assert freed > 10_000 and not [name for name in set_up.weights() if "tiny" in name]
        # Another content under the same name and commit is not what the endpoint's author stated.
        repository = hub.repositories["owner/tiny"]
        hub.faults = []
        files = dict(repository.head.files)
        files["config.json"] = type(files["config.json"])(b'{"factor": 9.5}')
        repository.commits[0] = type(repository.head)(repository.head.sha, files, "Initial commit", "2024-03-01")
        failed = install(server.url, TINY)
        assert failed["state"] == "failed" and "another config.json in owner/tiny than the endpoint" in failed["error"]
        repository.gated = True
        failed = install(server.url, TINY)
        assert "owner/tiny is gated: ask for access on its page" in failed["error"]
        repository.gated, repository.private = False, True
        assert "was not found, or is private" in install(server.url, TINY)["error"]
