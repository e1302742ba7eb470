"""The Dockerfile, as far as it can be read; `make image` runs its steps."""

from __future__ import annotations

import json
import re
from pathlib import Path

from app.config import SETTINGS, environment_name
from tests.image import ROOT, Image, steps
from tests.soundfonts import SMALLEST

TOLD = steps((ROOT / "Dockerfile").read_text(encoding="utf-8"))


def test_what_is_copied_is_there_and_sent_to_the_builder() -> None:
    sent = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [source for step in TOLD if step.name == "COPY" for source in step.text.split()[:-1]]
    assert sorted(copied) == sorted(sent)
    assert all((ROOT / source).exists() for source in copied)


def test_it_serves_every_machine_as_a_user_without_rights(tmp_path: Path) -> None:
    image = Image(tmp_path, {})
    for step in TOLD:
        if step.name not in ("RUN", "COPY"):
            image.take(step)
    assert image.user == "harpist"
    assert any("--uid 1000 harpist" in step.text for step in TOLD if step.name == "RUN")
    assert image.variables["HARPIST_HOST"] == "0.0.0.0"
    assert image.start == ["python", "-m", "app", "serve"]
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
    assert json.loads(told["ENTRYPOINT"]) == ["python", "-m", "app"]


def test_the_soundfont_that_it_offers_is_installed(tmp_path: Path) -> None:
    image = Image(tmp_path, {})
    for step in TOLD:
        if step.name == "ENV":
            image.take(step)
    installed = next(step.text for step in TOLD if "apt-get install" in step.text).split()
    assert {"libfluidsynth3", "timgm6mb-soundfont"} <= set(installed)
    assert image.variables["HARPIST_SOUNDFONT"] == str(SMALLEST)
