"""The Dockerfile, as far as it can be read; `make image-check` runs its steps."""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app import __version__
from app.config import SETTINGS, environment_name
from app.sources import IN_PYTHON
from tests.image import ROOT, Image, steps
from tests.soundfonts import SMALLEST

HADOLINT = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
TOLD = steps((ROOT / "Dockerfile").read_text(encoding="utf-8"))


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is not installed: no wheel of it for this system")
def test_hadolint_finds_nothing() -> None:
    found = subprocess.run([str(HADOLINT), "--no-color", str(ROOT / "Dockerfile")], capture_output=True, text=True)
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


def test_what_is_copied_is_there_and_sent_to_the_builder() -> None:
    sent = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [source for step in TOLD if step.name == "COPY" for source in step.text.split()[:-1]]
    of_stages = [source for source in copied if source.startswith("--from=")]
    assert of_stages == ["--from=made"] and copied.pop(copied.index("--from=made") + 1) == "/srv/harpist"
    assert sorted(set(copied) - set(of_stages)) == sorted(sent)
    copied = [source for source in copied if source not in of_stages]
    assert all((ROOT / source).exists() for source in copied)


def test_it_serves_every_machine_as_a_user_without_rights(tmp_path: Path) -> None:
    image = Image(tmp_path, {})
    for step in TOLD:
        if step.name not in ("RUN", "COPY"):
            image.take(step)
    assert image.user == "1000"
    assert any("--uid 1000 harpist" in step.text for step in TOLD if step.name == "RUN")
    assert image.variables["HARPIST_HOST"] == "0.0.0.0"
    assert image.start == ["tini", "--", "harpist", "serve"]
    settings = {environment_name(name) for name in SETTINGS}
    assert {name for name in image.variables if name.startswith("HARPIST_")} <= settings


def test_its_port_and_folder_are_those_of_the_settings() -> None:
    told = {step.name: step.text for step in TOLD}
    port = SETTINGS["port"].default
    assert told["EXPOSE"] == str(port)
    assert f"http://127.0.0.1:{port}/health" in told["HEALTHCHECK"]
    assert told["VOLUME"] in next(step.text for step in TOLD if "HARPIST_HOME" in step.text)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"docker run .*-p {port}:{port} -v harpist:{told['VOLUME']} harpist", readme)
    assert json.loads(told["ENTRYPOINT"])[2:] == ["harpist"]


def test_its_command_is_ours(tmp_path: Path) -> None:
    (making,) = [step.text for step in TOLD if step.name == "RUN" and "bin/harpist" in step.text]
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    subprocess.run(["sh", "-ec", making.partition("&& ")[2]], cwd=tmp_path, check=True, timeout=60)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [str(tmp_path / ".venv" / "bin" / "harpist"), "--version"]
    done = subprocess.run(command, cwd=ROOT, env={"PATH": path}, check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == f"harpist {__version__}\n"


def test_the_soundfont_that_it_offers_is_installed(tmp_path: Path) -> None:
    image = Image(tmp_path, {})
    for step in TOLD:
        if step.name == "ENV":
            image.take(step)
    installed = [step.text for step in TOLD if "apt-get install" in step.text][-1].split()
    assert {"libfluidsynth3", "timgm6mb-soundfont", "libseccomp2", "tini"} <= set(installed)
    assert image.variables["HARPIST_SOUNDFONT"] == str(SMALLEST)


def brought() -> set[str]:
    """Every package that a step names for pip, itself or in a requirements file, by its canonical name."""
    names = set()
    for step in TOLD:
        for command in step.text.split("&&") if step.name == "RUN" else ():
            words = shlex.split(command)
            if words[1:4] != ["-m", "pip", "install"]:
                continue
            given = iter(words[4:])
            for word in given:
                if word == "-r":
                    lines = (ROOT / next(given)).read_text(encoding="utf-8").splitlines()
                    names |= {Requirement(line).name for line in lines if line.strip() and line[0] not in "#-"}
                elif word == "-c":
                    next(given)
                elif not word.startswith("-"):
                    names.add(Requirement(word).name)
    return {str(canonicalize_name(name)) for name in names}


@pytest.mark.parametrize("endpoint_id", IN_PYTHON)
def test_what_an_endpoint_imports_is_installed(endpoint_id: str) -> None:
    module, _, name = IN_PYTHON[endpoint_id].partition(":")
    needs = getattr(getattr(importlib.import_module(module), name), "needs", ())
    of = packages_distributions()
    if any(need not in of for need in needs):
        pytest.skip("requirements-neural.txt or requirements-roformer.txt is not installed")
    # What the server's own packages bring along is pinned in constraints.txt.
    along = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()}
    lacking = [need for need in needs if not {str(canonicalize_name(one)) for one in of[need]} & (brought() | along)]
    assert not lacking


def test_each_package_has_its_release_from_a_requirements_file() -> None:
    for step in TOLD:
        for command in step.text.split("&&") if step.name == "RUN" else ():
            words = shlex.split(command)
            bare = [word for word in words if word in {"demucs", "einops", "julius", "safetensors", "transformers"}]
            assert not bare or "requirements-neural.txt" in words[words.index("-c") + 1 :]
