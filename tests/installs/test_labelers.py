"""Labelers that come and go are choices of the endpoints that steer, and of no others."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

from app.endpoint import EndpointSpec
from app.harp.controls import MultiSelect
from app.installs.labelers import offer_labelers
from app.registry import Registry
from tests.endpoints.tagbox.tone_labeler import save_labeler
from tests.fixtures.specs import endpoint_spec

TAGGER = MultiSelect("tagger", "Tagger", "Who listens.", ("one", "two"), ("one",))


def steering(endpoint_id: str, *, trusted: bool = True) -> EndpointSpec:
    spec = endpoint_spec("well_behaved", endpoint_id=endpoint_id)
    return replace(spec, inputs=(*spec.inputs, TAGGER), trusted=trusted, reads=("/usr/share/sounds/some",))


def choices(registry: Registry, endpoint_id: str) -> tuple[str, ...]:
    control = registry.get(endpoint_id).inputs[-1]
    assert isinstance(control, MultiSelect) and control.value == ("one",)
    return control.choices


def test_labelers_that_let_gradients_through_are_offered_and_taken_away_again(tmp_path: Path) -> None:
    registry = Registry()
    for endpoint_id in ("harpist/steered", "stranger/steered"):
        registry.add(steering(endpoint_id, trusted=endpoint_id.startswith("harpist")))
    for kind in ("probabilities", "cut"):
        folder = save_labeler(tmp_path / kind, kind)
        registry.add_folder(f"someone/{kind}", folder, folder / "profile.json")
    assert offer_labelers(registry) == ("harpist/steered",)
    assert choices(registry, "harpist/steered") == ("one", "two", "someone/probabilities")
    assert choices(registry, "stranger/steered") == ("one", "two"), "nobody else is given files of others"
    spec = registry.get("harpist/steered")
    told = json.loads(spec.arguments["labelers"])["someone/probabilities"]
    assert (told["folder"], told["channels"], told["seconds"]) == (str(tmp_path / "probabilities"), 1, 2.5)
    assert spec.reads[0] == "/usr/share/sounds/some" and str(tmp_path / "probabilities" / "model.pt") in spec.reads
    assert spec.trusted and not spec.is_ours, "a stranger's model in its worker: callers share none"
    assert offer_labelers(registry) == (), "nothing has changed"
    registry.remove("someone/probabilities")
    assert offer_labelers(registry) == ("harpist/steered",)
    assert registry.get("harpist/steered") == steering("harpist/steered") and registry.get("harpist/steered").is_ours


def test_one_whose_model_has_gone_or_that_is_held_is_no_choice(tmp_path: Path) -> None:
    registry = Registry()
    registry.add(steering("harpist/steered"))
    for name in ("a", "b"):
        folder = save_labeler(tmp_path / name)
        registry.add_folder(f"someone/{name}", folder, folder / "profile.json")
    registry.hold("someone/b", lambda: "It is being tried.")
    offer_labelers(registry)
    assert choices(registry, "harpist/steered") == ("one", "two", "someone/a")
    registry.release("someone/b")
    shutil.rmtree(tmp_path / "a")
    offer_labelers(registry)
    assert choices(registry, "harpist/steered") == ("one", "two", "someone/b")
