"""The registry: lazily described, found by id."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.audacitorch.profile import ModelProfile, write_profile
from app.errors import ModelFormatError, NotFoundError
from app.registry import Registry
from tests.fixtures.specs import LABELS, endpoint_spec


def model(folder: Path, **metadata: object) -> Path:
    folder.mkdir(parents=True)
    (folder / "model.pt").write_bytes(b"not opened here")
    record = {"sample_rate": 44100, "domain_tags": ["music"], "effect_type": "waveform-to-waveform", "tags": []}
    (folder / "metadata.json").write_text(json.dumps({**record, "labels": ["Left over"], **metadata}))
    return folder


def test_a_model_is_described_when_asked_for_and_anew_when_it_changes(tmp_path: Path) -> None:
    registry = Registry()
    folder = model(tmp_path / "model", name="First")
    profile = tmp_path / "profiles" / "model.json"
    registry.add_folder("me/model", folder, profile)
    assert registry.get("me/model").card.name == "First"
    assert registry.get("me/model") is registry.get("me/model")
    (folder / "metadata.json").write_text((folder / "metadata.json").read_text().replace("First", "Second"))
    assert registry.get("me/model").card.name == "Second"

    assert registry.untried() == (("me/model", folder, profile),)
    profile.parent.mkdir()
    write_profile(profile, ModelProfile(True, 0, 1, True, 2.5), folder)
    assert registry.untried() == ()
    assert registry.get("me/model").factory.endswith("AudacitorchLabeler")
    registry.remove("me/model")
    registry.remove("me/model")
    assert registry.ids() == ()


def test_a_model_without_a_plain_meaning_is_refused_when_asked_for(tmp_path: Path) -> None:
    registry = Registry()
    registry.add_folder("me/bad", model(tmp_path / "bad", sample_rate=-1))
    assert registry.ids() == ("me/bad",)
    with pytest.raises(ModelFormatError):
        registry.get("me/bad")


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(NotFoundError, match="There is no model “me/none” on this server"):
        Registry().get("me/none")


def test_the_root_is_the_named_one_or_the_first_effect(tmp_path: Path) -> None:
    registry = Registry()
    with pytest.raises(NotFoundError, match="no models"):
        registry.root()
    registry.add_folder("me/bad", model(tmp_path / "bad", sample_rate=-1))
    registry.add(endpoint_spec("slow_setup", LABELS))
    assert registry.root() == "me/bad"
    registry.add_folder("me/effect", model(tmp_path / "effect"))
    assert registry.root() == "me/effect"
    named = Registry("test/slow_setup")
    with pytest.raises(NotFoundError, match="test/slow_setup"):
        named.root()
    named.add(endpoint_spec("well_behaved"))
    named.add(endpoint_spec("slow_setup", LABELS))
    assert named.root() == "test/slow_setup"
    assert named.ids() == ("test/well_behaved", "test/slow_setup")


def test_describing_imports_no_sound_or_model_library(tmp_path: Path) -> None:
    folder = model(tmp_path / "model")
    script = (
        "import sys; from pathlib import Path; from app.registry import Registry\n"
        f"r = Registry(); r.add_folder('me/model', Path({str(folder)!r})); r.get(r.root())\n"
        "assert not {'torch', 'numpy', 'soundfile', 'soxr', 'gradio'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
