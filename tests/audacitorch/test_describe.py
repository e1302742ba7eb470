from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.audacitorch.describe import describe, inspection_spec
from app.audacitorch.profile import ModelProfile
from app.errors import ModelFormatError
from app.harp.controls import AudioTrack, Dropdown, LabelTrack, Slider, Toggle
from app.harp.wire import controls_answer
from tests.audacitorch.models import EFFECT, LABELER


def folder(path: Path, metadata: object, readme: str = "") -> Path:
    (path / "metadata.json").write_text(metadata if isinstance(metadata, str) else json.dumps(metadata))
    if readme:
        (path / "README.md").write_text(readme)
    return path


def effect_profile(rows: int, channels: int = 1, **more: object) -> ModelProfile:
    return ModelProfile(
        **{"labels": False, "rows": rows, "channels": channels, "probabilities": False, "seconds": 2.5, **more}
    )


def labeler_profile(probabilities: bool) -> ModelProfile:
    return ModelProfile(labels=True, rows=0, channels=1, probabilities=probabilities, seconds=2.5)


def test_an_effect_of_one_output(tmp_path):
    (tmp_path / "example.wav").write_bytes(b"sound")
    spec = describe("some/denoiser", folder(tmp_path, EFFECT), effect_profile(1), profile_path=tmp_path / "p.json")
    track, channels, wet = spec.inputs
    assert isinstance(track, AudioTrack)
    assert track.label == "Input Audio"
    assert track.required
    assert isinstance(channels, Dropdown)
    assert (channels.name, channels.label, channels.value) == ("channels", "Channels", "Keep stereo")
    assert channels.choices == ("Keep stereo", "Mix to mono")
    assert isinstance(wet, Slider)
    assert (wet.name, wet.label, wet.unit, wet.minimum, wet.maximum, wet.value) == (
        "wet",
        "Wet",
        "percent",
        0,
        100,
        100,
    )
    assert [output.label for output in spec.outputs] == ["Result"]
    assert spec.factory == "app.audacitorch.effect:AudacitorchEffect"
    assert spec.arguments == {"id": "some/denoiser", "folder": str(tmp_path), "profile": str(tmp_path / "p.json")}
    assert spec.example == tmp_path / "example.wav"


def test_the_card(tmp_path):
    spec = describe("some/thing", folder(tmp_path, EFFECT, "---\nlicense: mit\n---\n"), effect_profile(1))
    assert (spec.card.name, spec.card.author) == ("thing", "some")
    assert spec.card.licence == "mit"
    assert spec.card.warnings == ()
    assert spec.card.description == (
        "A long description. Runs at 8 kHz on each channel by itself, or on their mix. "
        "A result too loud for the input's format comes as 32-bit float, at its level. Licence: mit."
    )
    for kind, said in (("scale", "are turned down, all alike."), ("clip", "is cut off at full scale.")):
        assert said in describe("some/thing", tmp_path, effect_profile(1), too_loud=kind).card.description
    assert spec.card.tags[:4] == ("category:effects", "sample-rate:8000", "channels:mono", "input:audio")
    assert {"test", "music"} <= set(spec.card.tags)
    assert spec.example is None
    assert spec.arguments["profile"] == ""


def test_the_card_without_a_licence_and_with_names(tmp_path):
    card = describe(
        "some/thing", folder(tmp_path, {**EFFECT, "name": "A Thing", "author": "Jo"}), effect_profile(1)
    ).card
    assert (card.name, card.author) == ("A Thing", "Jo")
    assert card.licence == ""
    assert "No licence is stated." in card.description


def test_several_stems_have_no_wet(tmp_path):
    spec = describe("a/b", folder(tmp_path, {**EFFECT, "labels": ["Harmonic", "Percussive"]}), effect_profile(2))
    assert [control.name for control in spec.controls] == ["channels"]
    assert [output.label for output in spec.outputs] == ["Harmonic", "Percussive"]
    assert "Gives 2 stems: Harmonic, Percussive." in spec.card.description
    assert "category:separation" in spec.card.tags


def test_a_stereo_model_has_no_channels_control(tmp_path):
    metadata = {**EFFECT, "multichannel": True, "labels": ["Centre", "Sides"]}
    spec = describe("a/b", folder(tmp_path, metadata), effect_profile(4, 2))
    assert spec.controls == ()
    assert [output.label for output in spec.outputs] == ["Centre", "Sides"]
    assert "Runs at 8 kHz in stereo." in spec.card.description
    assert "channels:stereo" in spec.card.tags
    assert spec.card.warnings == ()


def test_a_stereo_model_with_one_label_gives_stereo(tmp_path):
    spec = describe("a/b", folder(tmp_path, {**EFFECT, "multichannel": True}), effect_profile(2, 2))
    assert [output.label for output in spec.outputs] == ["Result"]
    assert [control.name for control in spec.controls] == ["wet"]


def test_mono_results_of_a_stereo_model_are_told_of(tmp_path):
    metadata = {**EFFECT, "multichannel": True, "labels": ["a", "b", "c"]}
    assert (
        "are copied to all channels"
        in describe("a/b", folder(tmp_path, metadata), effect_profile(3, 2)).card.description
    )


def test_more_and_fewer_labels_than_rows_are_warnings_on_the_card(tmp_path):
    metadata = {**EFFECT, "labels": ["a", "b", "c"]}
    spec = describe("a/b", folder(tmp_path, metadata), effect_profile(2))
    assert [output.label for output in spec.outputs] == ["a", "b"]
    assert spec.card.warnings == ("There are 3 labels for 2 outputs; the surplus is left out.",)
    assert spec.card.warnings[0] in spec.card.description
    spec = describe("a/b", folder(tmp_path, metadata), effect_profile(4))
    assert [output.label for output in spec.outputs] == ["a", "b", "c", "Output 4"]
    assert spec.card.warnings == ("There are only 3 labels for 4 outputs; the rest is numbered.",)


def test_every_warning_is_on_the_card(tmp_path):
    text = json.dumps({**EFFECT, "domain_tags": ["Music"], "short_description": "x" * 84})[:-1] + ",}"
    spec = describe("a/b", folder(tmp_path, text), effect_profile(1, warnings=("Measured.",)))
    assert spec.card.warnings == (
        "metadata.json has a trailing comma.",
        "The domain tags are not in lower case.",
        "short_description has 84 characters; the format allows 60.",
        "Measured.",
    )
    for warning in spec.card.warnings:
        assert warning in spec.card.description


def test_a_labeler_with_probabilities(tmp_path):
    spec = describe("a/b", folder(tmp_path, LABELER), labeler_profile(True))
    assert [control.name for control in spec.controls] == ["threshold", "drop_uncertain", "join", "minimum_duration"]
    threshold, drop, join, shortest = spec.controls
    assert isinstance(threshold, Slider)
    assert (threshold.unit, threshold.maximum, threshold.value) == ("percent", 100, 0)
    assert isinstance(drop, Toggle)
    assert not drop.value
    assert isinstance(join, Toggle)
    assert join.value
    assert isinstance(shortest, Slider)
    assert (shortest.unit, shortest.value) == ("seconds", 0)
    assert [type(output) for output in spec.outputs] == [LabelTrack]
    assert spec.factory == "app.audacitorch.labeler:AudacitorchLabeler"
    assert "category:analysis" in spec.card.tags
    assert "Runs at 8 kHz on a mono mix. Knows 3 classes: low, middle, high." in spec.card.description


def test_a_labeler_with_indices_has_no_threshold(tmp_path):
    spec = describe("a/b", folder(tmp_path, LABELER), labeler_profile(False))
    assert [control.name for control in spec.controls] == ["join", "minimum_duration"]


def test_what_was_measured_beats_what_is_stated(tmp_path):
    assert describe("a/b", folder(tmp_path, LABELER), effect_profile(1)).factory.endswith("AudacitorchEffect")
    assert describe("a/b", folder(tmp_path, EFFECT), labeler_profile(True)).factory.endswith("AudacitorchLabeler")


def test_without_a_profile_the_metadata_are_believed(tmp_path):
    spec = describe("a/b", folder(tmp_path, {**EFFECT, "labels": ["a", "b"]}))
    assert [output.label for output in spec.outputs] == ["a", "b"]
    assert [control.name for control in describe("a/b", folder(tmp_path, LABELER)).controls] == [
        "join",
        "minimum_duration",
    ]


def test_75_classes_are_not_all_listed(tmp_path):
    spec = describe("a/b", folder(tmp_path, {**LABELER, "labels": [f"k{n}" for n in range(75)]}), labeler_profile(True))
    assert "Knows 75 classes: k0, k1" in spec.card.description
    assert "k11 and 63 more." in spec.card.description
    assert "k12" not in spec.card.description


def test_tags_of_strangers_do_not_place_a_model(tmp_path):
    tags = describe(
        "a/b", folder(tmp_path, {**EFFECT, "tags": ["category:utility", "nice"]}), effect_profile(1)
    ).card.tags
    assert "category:utility" not in tags
    assert "nice" in tags


def test_every_control_explains_itself(tmp_path):
    for profile in (effect_profile(1), labeler_profile(True)):
        answer = controls_answer(*_sides(describe("a/b", folder(tmp_path, EFFECT), profile)))
        assert all(item["info"] for item in answer["inputs"] + answer["outputs"])


def _sides(spec):
    return spec.card, spec.inputs, spec.outputs


def test_metadata_without_a_plain_meaning_are_refused(tmp_path):
    with pytest.raises(ModelFormatError, match="sample_rate is “-1”"):
        describe("a/b", folder(tmp_path, {**EFFECT, "sample_rate": -1}))


def test_the_inspection_is_described(tmp_path):
    spec = inspection_spec("a/b", tmp_path)
    assert spec.inputs == ()
    assert spec.factory == "app.audacitorch.trial.endpoint:Inspection"
    assert spec.arguments == {"folder": str(tmp_path)}
    assert spec.id != "a/b"
