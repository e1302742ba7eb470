"""The authors' pages, from top to bottom: the code that stands in them is the code that runs."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from app.audacitorch.arguments.signature import read_signature
from app.audacitorch.arguments.translation import OwnInputs, own_inputs
from app.audacitorch.loading import load_model
from app.audacitorch.metadata import read_metadata
from tests.deploy.wheel.installing import Installed, built, installed, lay_traps
from tests.hub_server.server import HubServer, serve_hub
from tests.server.harp import call, upload
from tests.server.running import run_server
from tests.spaces.running import run_space

ROOT = Path(__file__).parent.parent
TRAINING = "10"
"""Seconds; the page's minute gets further."""


def blocks(page: str) -> list[tuple[str, str]]:
    """Return the kind and the text of each block of code in a page of docs."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(r"```(python|console)\n(.*?)```", text, re.DOTALL)


@pytest.fixture(scope="module")
def hub() -> Iterator[HubServer]:
    with serve_hub() as server:
        server.accounts["hf_me"] = "me"
        yield server


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An author's own environment, with Harpist's wheel in it."""
    folder = tmp_path_factory.mktemp("author")
    return installed(folder / "venv", built(folder / "wheel"))


def run(line: str, folder: Path, environment: dict[str, str]) -> str:
    """Run one line of the page as a shell would."""
    ended = subprocess.run(
        line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, f"{line}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def heard(url: str, sound: Path, strength: float) -> np.ndarray:
    """Have a model hush a sound, through HARP's calls."""
    kind, data = call(url, "controls", [])
    assert kind == "complete", data
    inputs = data[0]["inputs"]
    assert [item["label"] for item in inputs][:2] == ["Input Audio", "Strength"]
    assert (inputs[1]["minimum"], inputs[1]["maximum"], inputs[1]["value"]) == (0.0, 1.0, 1.0)
    kind, data = call(url, "process", [upload(url, sound), strength, *(item["value"] for item in inputs[2:])])
    assert kind == "complete", data
    return soundfile.read(io.BytesIO(httpx.get(data[0]["url"], timeout=60).content), dtype="float32")[0]


@pytest.mark.slow
def test_the_tutorial(hub: HubServer, venv: Installed, bundled_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "bundled").symlink_to(bundled_home / "bundled")
    hub_access = {"HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_me", "HF_HUB_DISABLE_XET": "1"}
    environment = venv.environment(home, TRAIN_SECONDS=TRAINING, **hub_access)
    folder = tmp_path / "work"
    lay_traps(folder, "app", "endpoints")

    printed = {}
    for kind, text in blocks("write-a-model.md"):
        if kind == "python":
            (folder / "hush.py").write_text(text, encoding="utf-8")
            continue
        for line in text.splitlines():
            assert line.startswith("$ ")
            printed[line] = run(line[2:], folder, environment)
    assert len(printed) == 9

    learnt = [float(number) for number in re.findall(r"\d\.\d+", next(iter(printed.values())))]
    assert learnt[0] < learnt[1], "it hushes more than it harms"
    assert printed["$ ls hush"].split() == [
        "README.md", "example-out-1.wav", "example.svg", "example.wav", "metadata.json", "model.pt",
    ]  # fmt: skip
    assert "me/hush" in hub.repositories
    assert "Nothing was sent." in printed["$ harpist publish hush me/hush --dry-run"]

    noisy, rate = soundfile.read(folder / "hush" / "example.wav", dtype="float32")
    half, half_rate = soundfile.read(next((folder / "hushed").iterdir()), dtype="float32")
    assert half_rate == rate and half.shape == noisy.shape
    with run_server(home) as server:
        url = server.model("me/hush")
        assert np.allclose(heard(url, folder / "hush" / "example.wav", 0.5), half, atol=2**-14)
        kept, hushed = (heard(url, folder / "hush" / "example.wav", strength) for strength in (0.0, 1.0))
        assert np.abs(kept - noisy).max() < 1e-3, "at 0 everything stays"
        assert np.abs(hushed).mean() < 0.9 * np.abs(noisy).mean()
    with run_space(folder / "hush-space", tmp_path / "space-home") as (space, lines):
        assert np.allclose(heard(space, folder / "hush" / "example.wav", 1.0), hushed, atol=2**-14), "\n".join(lines)


@pytest.mark.slow
def test_the_reference(venv: Installed, tmp_path: Path) -> None:
    (tmp_path / "several.py").write_text("\n".join(text for _, text in blocks("author-reference.md")), encoding="utf-8")
    printed = run("python several.py", tmp_path, venv.environment(tmp_path / "home"))
    assert printed.count("Nothing was found that would go wrong.") == 4, printed

    made = {path.name: {file.name for file in path.iterdir()} for path in tmp_path.iterdir() if path.is_dir()}
    assert sorted(made) == ["against", "bands", "driven", "loud", "whole"]
    assert "example-out-2.wav" in made["bands"] and "example-labels.txt" in made["loud"]
    inputs = {name: own(tmp_path / name) for name in made}
    kinds = [type(item).__name__ for item in inputs["against"].controls]
    assert kinds == ["Slider", "NumberBox", "Slider", "Toggle", "Dropdown", "TextBox"]
    assert [(track.label, track.required) for track in inputs["against"].tracks] == [("Reference", False)]
    assert [item.label for item in inputs["loud"].controls] == ["Louder than"]
    assert [item.name for item in inputs["driven"].controls] == ["amount"]
    assert inputs["whole"].controls == () and "# A traced model" in (tmp_path / "whole" / "README.md").read_text()


def own(folder: Path) -> OwnInputs:
    """Return the tracks and controls that the model in a folder adds."""
    return own_inputs(read_signature(load_model(folder, "cpu"))[0], read_metadata(folder).controls)
