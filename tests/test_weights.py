"""What an endpoint may state of its weights, and what is refused with a sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from app.errors import ModelFormatError
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, Dropdown
from app.plugins.spec_json import spec_from_json, spec_to_json
from app.weights import HubWeights, is_non_commercial

GOOD = HubWeights(
    "owner/name", "0123456789" * 4, ("model.safetensors", "vocals/config.json"),
    {"model.safetensors": "a" * 64, "vocals/config.json": "b" * 64}, "mit", 1000,
)  # fmt: skip


def told(**stated: Any) -> dict[str, Any]:
    track = AudioTrack("Mix", "Sound.")
    endpoint = SimpleNamespace(**{"card": ModelCard("A", "B", "C"), "inputs": (track,), "outputs": (track,)} | stated)
    record: dict[str, Any] = json.loads(json.dumps(spec_to_json(endpoint)))
    return record


def test_weights_and_needs_come_through_the_description() -> None:
    spec = spec_from_json("a/b", "m:f", told(weights=(GOOD,), needs=("demucs",), reads=("/usr/lib/os-release",)))
    assert (spec.weights, spec.needs, spec.weights_size) == ((GOOD,), ("demucs",), 1000)
    assert spec.reads == ("/usr/lib/os-release",) and spec.weights_at == {}
    assert spec_from_json("a/b", "m:f", told()).weights == ()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"repo": "name"}, "is no repository of the hub"),
        ({"repo": "../name"}, "is no repository of the hub"),
        ({"revision": "v1.0"}, "needs a commit, 40 hexadecimal digits, not “v1.0”"),
        ({"files": ()}, "needs a tuple of 1 to 64 files"),
        ({"files": ("../model.pt", "x.json")}, "is no plain name of a file"),
        ({"files": ("/etc/x.json",)}, "is no plain name of a file"),
        ({"files": ("a/.hidden/x.json",)}, "is no plain name of a file"),
        ({"files": ("run.py",)}, "is of no known kind"),
        ({"files": ("a.json", "A.json")}, "names a file twice"),
        ({"files": ("model.safetensors",)}, "states a sha256 of what is none of its files"),
        ({"revision": "main", "sha256": {}}, "a sha256 for each of its files, since no commit says what they are"),
        ({"sha256": {**GOOD.sha256, "vocals/config.json": "B" * 64}}, "must be 64 hexadecimal digits"),
        ({"licence": "mit\nand"}, "must be a name of one line"),
        ({"size": -1}, "must be a number of bytes"),
        ({"choice": ("model",)}, "must be a control's name and one of its choices"),
    ],
)  # fmt: skip
def test_what_names_no_files_of_one_commit_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(GOOD, **change)
    record = told(weights=(GOOD,))
    record["weights"][0].update(json.loads(json.dumps(change)))
    with pytest.raises(ModelFormatError, match=f"Its weights make no sense: .*{sentence}"):
        spec_from_json("a/b", "m:f", record)


def test_weights_of_a_choice_are_told_apart() -> None:
    track, model = AudioTrack("Mix", "Sound."), Dropdown("model", "Model", "Which.", ("quick", "good"), "quick")
    quick = replace(GOOD, repo="owner/quick", choice=("model", "quick"))
    good = replace(GOOD, repo="owner/good", choice=("model", "good"))
    spec = spec_from_json("a/b", "m:f", told(weights=(GOOD, quick, good), inputs=(track, model)))
    assert (spec.first_weights, spec.further_weights, spec.weights_size) == ((GOOD, quick), (good,), 2000)
    assert spec.weights_for({"model": "good"}) == (GOOD, good)
    with pytest.raises(ModelFormatError, match="owner/good are for “good” of the control “model”; there is no such"):
        spec_from_json("a/b", "m:f", told(weights=(good,)))
    with pytest.raises(ModelFormatError, match="None of its weights are for its controls as they stand at first"):
        spec_from_json("a/b", "m:f", told(weights=(good,), inputs=(track, model)))


def test_one_repository_has_one_commit() -> None:
    other = replace(GOOD, repo="Owner/Name", revision="f" * 40)
    with pytest.raises(ModelFormatError, match="name a repository twice"):
        spec_from_json("a/b", "m:f", told(weights=(GOOD, other)))


@pytest.mark.parametrize("path", ["sounds", "/", "/home", "/usr", "/usr/share/../lib/x"])
def test_what_is_read_is_a_place_of_its_own(path: str) -> None:
    with pytest.raises(ModelFormatError, match="the full path of a file is expected"):
        spec_from_json("a/b", "m:f", told(reads=(path,)))


@pytest.mark.parametrize("name", ["", "os.path", "--upgrade", "a b"])
def test_a_library_is_a_name_that_can_be_imported(name: str) -> None:
    with pytest.raises(ModelFormatError, match="is no library that can be imported"):
        spec_from_json("a/b", "m:f", told(needs=(name,)))


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ({"needs": "demucs"}, "Its needs must be a tuple, with a comma behind each; it is of type str."),
        ({"reads": "/usr/share/sounds"}, "Its reads must be a tuple, with a comma behind each; it is of type str."),
        ({"permits": "network"}, "Its permits must be a tuple, with a comma behind each; it is of type str."),
        ({"weights": GOOD}, "Its weights must be a tuple, with a comma behind each; it is of type HubWeights."),
        ({"weights": ({"repo": "a/b"},)}, "Its weights must be HubWeights; one is of type dict."),
    ],
)
def test_a_forgotten_comma_is_said(stated: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ModelFormatError) as caught:
        told(**stated)
    assert caught.value.message == sentence


def test_a_licence_is_known_as_non_commercial_by_its_name() -> None:
    asked = ("cc-by-nc-4.0", "CC BY-NC-SA 4.0", "other-noncommercial", "research only", "Non-Commercial")
    assert all(is_non_commercial(licence) for licence in asked)
    free = ("mit", "apache-2.0", "cc-by-4.0", "bsl-1.0", "ncsa", "gpl-3.0", "")
    assert not any(is_non_commercial(licence) for licence in free)
