"""What the wheel installs, run as its user runs it: from an empty folder, and beside strangers' ``app``s."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from tests.deploy.wheel.installing import ROOT, Installed, built, installed, lay_traps
from tests.server.harp import call, upload
from tests.server.running import announced

MODEL = "harpist/harmonic-percussive"
EMPTY, FOREIGN = "empty", "foreign"
AUTHOR = """
import sys
from pathlib import Path

import torch
from app.mine import GAIN
from harpist import WaveformToWaveformBase, check, export


class Louder(WaveformToWaveformBase):
    def do_forward_pass(self, x: torch.Tensor, gain: float = 2.0) -> torch.Tensor:
        return gain * x


METADATA = {
    "name": "Louder", "author": "me", "license": "mit", "sample_rate": 16000, "domain_tags": ["music"],
    "short_description": "Louder.", "long_description": "Multiplies what it gets by a number.", "tags": ["gain"],
    "labels": ["louder"], "effect_type": "waveform-to-waveform", "multichannel": True,
}

if __name__ == "__main__":
    model = Louder(torch.nn.Identity())
    export(model, METADATA, Path("louder"), example=(GAIN * torch.rand(1, 16000).numpy(), 16000))
    assert check("louder").exit_code < 2
    print(sys.modules["app"].__file__)
"""


@dataclass(frozen=True)
class Place:
    """A folder that commands are run in, and what they find there."""

    venv: Installed
    folder: Path
    home: Path

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [str(self.venv.folder / "bin" / command[0]), *command[1:]],
            cwd=self.folder, env=self.venv.environment(self.home),
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    return installed(folder / "venv", built(folder / "wheel"))


@pytest.fixture
def place(request: pytest.FixtureRequest, venv: Installed, bundled_home: Path, tmp_path: Path) -> Iterator[Place]:
    """An empty folder, or one with a stranger's packages of our folders' names, and of names that we import."""
    folder, home = tmp_path / "folder", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    (home / "bundled").symlink_to(bundled_home / "bundled")
    if request.param == FOREIGN:
        lay_traps(folder, "app", "endpoints", "spaces")
        if sys.version_info >= (3, 11):
            lay_traps(folder, "harpist", "numpy")
    before = {path: path.stat().st_mtime_ns for path in (home / "bundled").resolve().rglob("model.pt")}
    yield Place(venv, folder, home)
    after = {path: path.stat().st_mtime_ns for path in (home / "bundled").resolve().rglob("model.pt")}
    assert after == before, "what a checkout exported is taken as it is"


@pytest.mark.parametrize("place", [EMPTY, pytest.param(FOREIGN, marks=pytest.mark.slow)], indirect=True)
def test_files_are_processed(place: Place) -> None:
    example = place.home / "bundled" / MODEL / "example.wav"
    place.run("harpist", "process", MODEL, str(example), "--out", "stems")
    stems = [soundfile.read(path) for path in sorted((place.folder / "stems").iterdir())]
    assert len(stems) == 2
    sound, rate = soundfile.read(example)
    assert abs(sum(stem for stem, _ in stems) - sound).max() < 2**-14
    assert {made for _, made in stems} == {rate}


@pytest.mark.parametrize("place", [pytest.param(EMPTY, marks=pytest.mark.slow), FOREIGN], indirect=True)
def test_harp_is_served(place: Place) -> None:
    command = [str(place.venv.harpist), "serve", "--port", "0", "--late-pages"]
    environment = place.venv.environment(place.home, PYTHONUNBUFFERED="1")
    with announced(180, args=command, cwd=place.folder, env=environment, text=True) as server:
        assert "left out" not in "".join(server.lines)
        url = server.model(MODEL)
        kind, data = call(url, "controls", [])
        assert kind == "complete", data
        values = [item["value"] for item in data[0]["inputs"][1:]]
        example = place.home / "bundled" / MODEL / "example.wav"
        kind, data = call(url, "process", [upload(url, example), *values])
        assert kind == "complete", data
        answer = httpx.get(data[0]["url"], timeout=60)
        assert answer.status_code == 200 and answer.content[:4] == b"RIFF"


def test_an_author_has_an_app_of_their_own(venv: Installed, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "__init__.py").write_text("")
    (folder / "app" / "mine.py").write_text("GAIN = 0.1\n")
    (folder / "louder.py").write_text(AUTHOR)
    place = Place(venv, folder, tmp_path / "home")
    assert place.run("python", "louder.py").split()[-1] == str(folder / "app" / "__init__.py")
    assert {"model.pt", "metadata.json", "README.md"} <= {path.name for path in (folder / "louder").iterdir()}


def test_what_is_missing_is_named_as_it_is_installed_here(venv: Installed, tmp_path: Path) -> None:
    program = (
        "from harpist.app.own_code import pip_arguments as a; "
        "print(a('requirements-media.txt')); print(a('requirements-roformer.txt', alone=True))"
    )
    media, roformer = Place(venv, tmp_path, tmp_path).run("python", "-c", program).splitlines()
    assert media == '"harpist[media]"'
    assert roformer.startswith("--no-deps beartype==") and " melband-roformer-infer==" in roformer


@pytest.mark.slow
@pytest.mark.parametrize("place", [FOREIGN], indirect=True)
def test_the_command_of_a_checkout_is_run_anywhere(place: Place, tmp_path: Path) -> None:
    venv = installed(tmp_path / "venv", built(tmp_path / "wheel", editable=True))
    example = place.home / "bundled" / MODEL / "example.wav"
    replace(place, venv=venv).run("harpist", "process", MODEL, str(example), "--out", "stems")
    assert len(list((place.folder / "stems").iterdir())) == 2


@pytest.mark.slow
def test_a_strangers_program_imports_what_lies_beside_it(venv: Installed, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "pyharp.md").read_text(encoding="utf-8")
    code = page.partition("```python\n")[2].partition("```")[0]
    folder = tmp_path / "louder"
    for package in ("app", "endpoints"):
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").write_text("LEVEL = 0.25\n")
    level = "10 ** (decibels / 20)"
    assert level in code
    program = f"import app, endpoints\n{code.replace(level, 'app.LEVEL / endpoints.LEVEL / 2')}"
    (folder / "louder.py").write_text(program)
    soundfile.write(tmp_path / "song.wav", np.linspace(-0.5, 0.5, 8000), 16000, "PCM_24")
    place = Place(venv, tmp_path, tmp_path / "home")
    place.run("harpist", "process", "louder/louder.py", "song.wav", "--out", "results")
    (result,) = (tmp_path / "results").iterdir()
    assert abs(soundfile.read(result)[0] - np.linspace(-0.25, 0.25, 8000)).max() < 2**-22
