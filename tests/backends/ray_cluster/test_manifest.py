"""An endpoint's files by their content, and an endpoint with the paths of a node."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.backends.ray_cluster import manifest as module
from app.backends.ray_cluster.manifest import Manifest, Manifests, moved
from app.errors import WorkerError
from app.own_code import ROOT
from tests.fixtures.specs import endpoint_spec

SPEC = endpoint_spec("well_behaved")
OWN = (str(ROOT), sys.prefix)


def test_every_path_of_an_endpoint_is_moved(tmp_path: Path) -> None:
    folder, weights = tmp_path / "möde l", tmp_path / "weights"
    for path in (folder / "model.pt", folder / "in" / "more", weights / "w", tmp_path / "profiles" / "a.json"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name)
    listed = json.dumps({"model": str(folder / "model.pt"), "other": f"{folder}2"})
    spec = replace(
        SPEC,
        arguments={"folder": str(folder), "listed": listed, "rate": "44100"},
        reads=(str(folder), str(tmp_path / "profiles" / "a.json"), str(folder / "README.md"), "/usr/lib/lv2"),
        weights_at={"o/w": str(weights)},
        example=folder / "example.wav",
    )
    made = Manifests().of(spec)
    assert [Path(file.path).name for file in made.files] == ["more", "model.pt", "a.json", "w"]
    there = moved(spec, made, "/node/b", OWN)
    assert there.arguments["folder"] == f"/node/b{folder}" and there.arguments["rate"] == "44100"
    assert json.loads(there.arguments["listed"]) == {"model": f"/node/b{folder}/model.pt", "other": f"{folder}2"}
    assert there.reads == (*(f"/node/b{path}" for path in spec.reads[:3]), "/usr/lib/lv2")
    assert there.weights_at == {"o/w": f"/node/b{weights}"}
    assert there.id == spec.id and there.example is None


def test_what_every_node_has_is_not_sent(tmp_path: Path) -> None:
    ours = str(ROOT / "endpoints" / "README.md")
    spec = replace(SPEC, reads=(ours, "/usr/share/sounds"), arguments={"at": ours})
    made = Manifests().of(spec)
    assert made.files == ()
    there = moved(spec, made, "/node/b", ("/srv/harpist", sys.prefix))
    assert there.arguments["at"] == there.reads[0] == "/srv/harpist/endpoints/README.md"


def test_a_file_that_changes_makes_another_manifest(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    spec, manifests = replace(SPEC, reads=(str(path),)), Manifests()
    path.write_bytes(b"one")
    first = manifests.of(spec)
    assert manifests.of(spec) == first and first.digest == manifests.of(spec).digest
    path.write_bytes(b"two")
    assert manifests.of(spec).digest != first.digest


def test_what_cannot_be_sent_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_FILES", 3)
    for number in range(4):
        (tmp_path / str(number)).touch()
    with pytest.raises(WorkerError, match="holds more than 3 files"):
        Manifests().of(replace(SPEC, reads=(str(tmp_path),)))
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    assert Manifests().of(replace(SPEC, reads=(str(tmp_path / "broken"),))).files == ()
    assert Manifest().digest == Manifest(own=("/a",)).digest
