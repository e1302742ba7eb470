"""Starts with installed models: after a kill in the middle of an installation, without a network, with hundreds."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import httpx
import psutil
import pytest

from app.audacitorch.profile import ModelProfile, write_profile
from app.hub.installed import Installed
from app.hub.record import InstalledFile, InstalledModel, write_record
from tests.audacitorch.models import EFFECT, save
from tests.fixtures.models.half import Half
from tests.hub_server.faults import Slow
from tests.hub_server.server import serve_hub
from tests.server.harp import call
from tests.server.manager import Fails, copy_record, install, model_files, models, order, own_home, progress, wait_for
from tests.server.running import RunningServer, run_server

COPIES = 300
PATIENCE = 3
"""How much longer things may take on a machine that others use too."""


@pytest.mark.slow
def test_a_kill_is_resumed_and_three_hundred_models_start_fast_without_a_network(
    bundled_home: Path, tmp_path: Path
) -> None:
    home = own_home(bundled_home, tmp_path / "home")
    with serve_hub() as hub:
        commit = hub.add("someone/half", model_files(save(Half(), EFFECT, tmp_path / "half"))).head.sha
        environment = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf"), "HF_TOKEN": ""}
        hub.faults = [Slow("/cdn/*", seconds=0.2, block=300)]
        with run_server(home, **environment) as server:
            order(server.url, "install", model="someone/half")
            while progress(server.url, "someone/half")["done"] < 1000:
                time.sleep(0.02)
            server.process.kill()
            server.process.wait()
        part = home / "hub" / "someone" / "half" / ".incoming" / commit / "model.pt.part"
        here = part.stat().st_size
        hub.faults = []
        with run_server(home, **environment) as server:
            assert "someone/half" not in models(server.url, installed="yes")
            assert install(server.url, "someone/half")["state"] == "done"
        assert hub.asked("/cdn/")[-1].headers["range"] == f"bytes={here}-"
    for number in range(COPIES - 1):
        copy_record(home, "someone/half", f"copies/half-{number}")
    nowhere = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "1"}
    begin = time.monotonic()
    with run_server(home, **nowhere) as server:
        assert time.monotonic() - begin < 5 * PATIENCE
        begin = time.monotonic()
        base = server.model(f"copies/half-{COPIES - 2}")
        assert call(base, "controls", [])[0] == "complete"
        assert time.monotonic() - begin < 1 * PATIENCE
        _check_nothing_of_the_hub(server)
        assert any(line.startswith("  and ") and line.endswith(" lists them.") for line in server.lines)
        listed = models(server.url, installed="yes")
        assert sum(entry["source"] == "hub" for entry in listed.values()) == COPIES
        assert "HF_HUB_OFFLINE is set" in httpx.get(f"{server.url}/manager/models", timeout=30).json()["notice"]
        assert httpx.get(server.url, timeout=30).status_code == 200
        kind, data = call(server.url, "controls", [])
        assert kind == "complete" and data[0]["card"]["name"] == "Harmonic / Percussive"


def _check_nothing_of_the_hub(server: RunningServer) -> None:
    """The server has loaded neither the hub's client nor torch."""
    loaded = [item.path for item in psutil.Process(server.process.pid).memory_maps()]
    assert not any("torch" in path for path in loaded)


@pytest.mark.slow
def test_what_was_copied_without_its_dates_is_offered_and_what_was_never_tried_is_tried_first(
    bundled_home: Path, tmp_path: Path
) -> None:
    home = own_home(bundled_home, tmp_path / "home")
    installed = Installed(home / "hub")
    tried = ModelProfile(False, 1, 1, False, 2.5)
    for name, module in {"copied": Half(), "new": Half(), "broken": Fails()}.items():
        save(module, EFFECT, tmp_path / name)
        model = put(installed, f"someone/{name}", tmp_path / name)
        if name == "copied":
            files = installed.files(model)
            write_profile(installed.profile(model), tried, files)
            os.utime(files / "model.pt", (1, 1))
    with run_server(home, HF_HUB_OFFLINE="1") as server:
        assert call(server.model("someone/copied"), "controls", [])[0] == "complete"
        wait_for(lambda: models(server.url)["someone/broken"]["problem"].startswith("The model failed when it was"))
        wait_for(lambda: models(server.url)["someone/new"]["url"] == server.model("someone/new"))
        # Its content tells that it was tried, whatever its dates say.
        assert models(server.url)["someone/copied"]["speed"] == tried.speed
        assert call(server.model("someone/new"), "controls", [])[0] == "complete"
        assert httpx.get(server.model("someone/broken"), timeout=10).status_code == 404
        assert order(server.url, "remove", id="someone/broken").status_code == 200
        assert "someone/broken" not in models(server.url)


def put(installed: Installed, model_id: str, source: Path) -> InstalledModel:
    """Have a model installed that nobody tried."""
    commit = "0" * 40
    shutil.copytree(source, installed.home(model_id) / commit)
    files = tuple(InstalledFile(path.name, path.stat().st_size, "") for path in source.iterdir())
    model = InstalledModel(model_id, commit, "", "2026-01-01T00:00:00Z", "", (), files)
    write_record(installed.home(model_id), model)
    return model
