"""The manager's JSON of a running server, in its shortest form."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import torch
from torch import nn

WAIT = 120
MODEL_FILES = ("model.pt", "metadata.json", "README.md")


class Fails(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("never works")
        return x


def order(url: str, name: str, headers: dict[str, str] | None = None, **body: object) -> httpx.Response:
    """Send an order such as ``install``."""
    return httpx.post(f"{url}/manager/{name}", json=body, headers=headers, timeout=WAIT)


def models(url: str, **query: str) -> dict[str, dict[str, object]]:
    """What the manager lists, by id."""
    answer = httpx.get(f"{url}/manager/models", params=query, timeout=WAIT)
    answer.raise_for_status()
    return {entry["id"]: entry for entry in answer.json()["models"]}


def progress(url: str, model_id: str) -> dict[str, object]:
    """How far a model's installation is."""
    installs = httpx.get(f"{url}/manager/installs", timeout=WAIT).json()["installs"]
    return next(item for item in installs if item["id"] == model_id)


def installed(url: str, model_id: str) -> list[dict[str, object]]:
    """Wait for the end of an installation; returns what was seen of it."""
    seen = [progress(url, model_id)]
    end = time.monotonic() + WAIT
    while seen[-1]["state"] not in ("done", "failed", "cancelled"):
        assert time.monotonic() < end, seen[-1]
        time.sleep(0.05)
        seen.append(progress(url, model_id))
    return seen


def install(url: str, model: str) -> dict[str, object]:
    """Install a model; returns how that ended."""
    answer = order(url, "install", model=model)
    assert answer.status_code == 202, answer.text
    return installed(url, answer.json()["id"])[-1]


def own_home(bundled_home: Path, folder: Path) -> Path:
    """A home of its own, for which the bundled models are not exported again."""
    folder.mkdir(exist_ok=True)
    (folder / "bundled").symlink_to(bundled_home / "bundled")
    return folder


def model_files(folder: Path) -> dict[str, bytes | str]:
    """A model's files, as the tests' hub takes them."""
    return {name: (folder / name).read_bytes() for name in MODEL_FILES if (folder / name).exists()}


def copy_record(home: Path, model_id: str, to: str) -> None:
    """Install a copy of an installed model under another id, without any server."""
    import json

    source, target = home / "hub" / model_id, home / "hub" / to
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, target, copy_function=_link)
    record = json.loads((target / "installed.json").read_text())
    (target / "installed.json").unlink()
    (target / "installed.json").write_text(json.dumps({**record, "id": to}))


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


def wait_for(happened: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
