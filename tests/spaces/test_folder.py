from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.endpoint import EndpointSpec
from app.errors import InputError, ModelFormatError
from app.harp.card import ModelCard
from app.harp.wire import controls_answer
from app.spaces.folder import KINDS, PORT, SpaceModel, space_texts, write_space
from app.spaces.front_matter import front_matter, short_description
from app.spaces.requirements import space_requirements
from app.trained import CHAIN, ENCODER
from tests.spaces.examples import EXAMPLES, FOLDER, ROOT, example, models

NOISE = ("harpist/noise-reduction",)


def header(texts: dict[str, str]) -> dict[str, object]:
    told = yaml.safe_load(texts["README.md"].split("---")[1])
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_finished_examples_are_up_to_date(bundled_home: Path, kind: str) -> None:
    made = example(bundled_home / "bundled", kind)
    there = {path.name: path.read_text(encoding="utf-8") for path in (FOLDER / kind).iterdir()}
    assert there == made, "run: python -m tests.spaces.examples"


@pytest.mark.parametrize("kind", KINDS)
def test_the_header_is_what_hugging_face_and_harp_read(bundled_home: Path, kind: str) -> None:
    chosen = models(bundled_home / "bundled", NOISE)
    told = header(space_texts(chosen, kind))
    spec = chosen[0].spec
    assert told["tags"] == controls_answer(spec.card, spec.inputs, spec.outputs)["card"]["tags"]
    assert told["license"] == "mit" and 0 < len(str(told["short_description"])) <= 60
    assert told["sdk"] == ("docker" if kind == "docker" else "gradio")
    if kind == "docker":
        assert told["app_port"] == PORT and "app_file" not in told
    else:
        assert told["app_file"] == "space.py"
        assert f"gradio=={told['sdk_version']}\n" in (ROOT / "requirements.txt").read_text()


def test_every_requirement_is_pinned_and_none_is_lost(bundled_home: Path) -> None:
    texts = space_texts(models(bundled_home / "bundled", NOISE), "zerogpu")
    lines = [line for line in texts["requirements.txt"].splitlines() if not line.startswith("#")]
    assert all(re.match(r"[\w.-]+==[\w.]+( ?;.*)?$", line) for line in lines)
    assert any(line.startswith("spaces==") for line in lines)
    for name in ("requirements.txt", "constraints.txt"):
        pins = [line.split(";")[0].strip() for line in (ROOT / name).read_text().splitlines() if "==" in line]
        pins = [pin.replace("huggingface-hub", "huggingface_hub") for pin in pins]
        assert [pin for pin in pins if not any(line.startswith(pin) for line in lines)] == []
    assert space_requirements("a==1\n", "a==1 ; x\na==2 ; y\n").count("a==") == 2


def test_the_pins_fit_what_hugging_face_installs_beside_gradio(bundled_home: Path) -> None:
    """It adds extras of Gradio's own in the same ``pip install``; a pin outside their bounds breaks every build."""
    pins = [
        (canonicalize_name(pin.name), pin)
        for line in space_texts(models(bundled_home / "bundled", NOISE), "zerogpu")["requirements.txt"].splitlines()
        if not line.startswith("#") and (pin := Requirement(line))
    ]
    bounds = [Requirement(line) for line in metadata.requires("gradio") or []]
    told = [one for one in bounds if one.marker and any(one.marker.evaluate({"extra": e}) for e in ("oauth", "mcp"))]
    assert {one.name for one in told} > {"mcp", "pydantic", "authlib"}
    for bound in told:
        for name, pin in pins:
            if name == canonicalize_name(bound.name):
                version = str(pin.specifier).removeprefix("==")
                assert bound.specifier.contains(version), f"{pin} is outside Gradio's {bound.specifier}"


def test_several_models_share_a_space(bundled_home: Path) -> None:
    chosen = models(bundled_home / "bundled", EXAMPLES["docker"])
    gpl = replace(chosen[1], spec=replace(chosen[1].spec, card=replace(chosen[1].spec.card, licence="GPL-3.0")))
    texts = space_texts([chosen[0], replace(gpl, commit="c" * 40)], "docker", "Listen")
    told = header(texts)
    assert (told["title"], told["license"], told["license_name"]) == ("Listen", "other", "mit-and-gpl-3.0")
    assert told["models"] == ["harpist/chords"]
    assert told["tags"] == list(chosen[0].spec.card.tags), "those of the model at the root"
    assert "HARP reaches only the address itself" in texts["README.md"] and "c" * 40 in texts["README.md"]
    dockerfile = texts["Dockerfile"]
    assert "USER user\n" in dockerfile and f"EXPOSE {PORT}\n" in dockerfile
    assert dockerfile.index("USER user") < dockerfile.index("pip install")


def test_a_model_without_a_licence_is_not_deployed(bundled_home: Path, tmp_path: Path) -> None:
    chosen = models(bundled_home / "bundled", NOISE)[0]
    bare = replace(chosen, spec=replace(chosen.spec, card=replace(chosen.spec.card, licence="")))
    with pytest.raises(ModelFormatError, match="harpist/noise-reduction states no licence"):
        write_space([bare], "gradio", tmp_path / "space")
    assert not (tmp_path / "space").exists()


def test_a_folder_with_something_in_it_stays_as_it_is(bundled_home: Path, tmp_path: Path) -> None:
    (tmp_path / "space").mkdir()
    (tmp_path / "space" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="is there already"):
        write_space(models(bundled_home / "bundled", NOISE), "gradio", tmp_path / "space")
    assert [path.name for path in tmp_path.rglob("*")] == ["space", "mine.txt"]
    shutil.rmtree(tmp_path / "space")
    write_space(models(bundled_home / "bundled", NOISE), "gradio", tmp_path / "space")
    names = {path.relative_to(tmp_path / "space").as_posix() for path in (tmp_path / "space").rglob("*")}
    assert {"LICENSE", "app/main.py", "app/ui/static/look.css", "models/harpist/noise-reduction/model.pt"} <= names
    assert not [name for name in names if "__pycache__" in name or name.endswith("profile.json")]


def test_a_header_survives_odd_texts() -> None:
    odd = 'a: "b" # c\u2014\n---'
    assert yaml.safe_load(front_matter(title=odd, tags=[odd, "- x"], pinned=True)[4:-3]) == {
        "title": odd,
        "tags": [odd, "- x"],
        "pinned": True,
    }
    long = short_description(["word " * 30])
    assert len(long) <= 60 and long.endswith("word…")


def learnt(folder: Path, uri: str = "harpist:compressor") -> SpaceModel:
    """Return a folder of something learnt, as ``add_model`` finds it."""
    folder.mkdir()
    chain = {"format": 1, "name": "Even", "licence": "mit", "plugin": [{"uri": uri}]}
    (folder / CHAIN).write_text(json.dumps(chain))
    (folder / ENCODER).write_bytes(b"numbers")
    card = ModelCard(name="Even", author="me", description="", tags=("deepafx",), licence="mit")
    return SpaceModel(EndpointSpec(id="me/even", factory="a:b", card=card, inputs=(), outputs=()), folder)


def test_something_learnt_brings_the_code_that_runs_it_and_none_of_what_came_along(tmp_path: Path) -> None:
    write_space([learnt(tmp_path / "even")], "gradio", tmp_path / "space")
    names = {path.relative_to(tmp_path / "space").as_posix() for path in (tmp_path / "space").rglob("*")}
    assert {f"models/me/even/{CHAIN}", f"models/me/even/{ENCODER}", "endpoints/deepafx/given_folder.py"} <= names
    assert not [name for name in names if "/trained/" in name or "/examples/" in name or "__pycache__" in name]
    assert "*.safetensors filter=lfs" in (tmp_path / "space" / ".gitattributes").read_text()
    assert "Turns the knobs of effects" in (tmp_path / "space" / "README.md").read_text()


def test_what_a_space_has_not_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelFormatError, match="choose --kind gradio or docker"):
        write_space([learnt(tmp_path / "even")], "zerogpu", tmp_path / "space")
    with pytest.raises(ModelFormatError, match="lv2:urn:x, a plugin of this machine, which a Space has not"):
        write_space([learnt(tmp_path / "other", "lv2:urn:x")], "docker", tmp_path / "space")
    assert not (tmp_path / "space").exists()
