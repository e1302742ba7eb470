"""A model's own controls and further sounds, from its TorchScript file to the result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from app.audacitorch.arguments.declared import Argument
from app.audacitorch.describe import describe
from app.audacitorch.effect import AudacitorchEffect
from app.audacitorch.labeler import AudacitorchLabeler
from app.audacitorch.loading import load_model
from app.audacitorch.profile import ModelProfile, read_profile, write_profile
from app.audacitorch.trial.inspection import inspect_model
from app.endpoint import EndpointSpec, Region, TrackFile
from app.harp.controls import AudioTrack, Dropdown, NumberBox, Slider, TextBox, Toggle
from app.harp.wire import controls_answer, parse_values
from tests.audacitorch.driven import DRIVEN, Against, Driven, Echo, Louder, Stereo, Sum
from tests.audacitorch.models import EFFECT, LABELER, RATE, Watch, noise, read, region, save


def tried(folder: Path) -> ModelProfile:
    """Try a model as the server's worker does, and keep what was learnt."""
    write_profile(folder / "profile.json", inspect_model(folder), folder)
    profile = read_profile(folder / "profile.json", folder)
    assert profile is not None
    return profile


def spec_of(folder: Path) -> EndpointSpec:
    return describe("some/model", folder, tried(folder), profile_path=folder / "profile.json")


def effect_of(folder: Path) -> AudacitorchEffect:
    tried(folder)
    effect = AudacitorchEffect("some/model", str(folder), str(folder / "profile.json"))
    effect.setup("cpu")
    return effect


def beside(first: Region, path: Path, samples: np.ndarray | None, rate: int = RATE) -> Region:
    """The same region with a further track."""
    if samples is None:
        return replace(first, tracks=(*first.tracks, None))
    other = region(path, samples, rate, name="second.wav")
    return replace(first, tracks=(*first.tracks, TrackFile(other.audio.path, "second.wav")))


def run(effect: AudacitorchEffect, sent: Region, **controls: object) -> np.ndarray:
    (output,) = effect.process(sent, controls, Watch())
    return read(output.path)


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(Driven(), DRIVEN, tmp_path_factory.mktemp("driven"))


def test_the_trial_learns_the_arguments(driven):
    assert tried(driven).arguments == (
        Argument("gain", "float", 0.0),
        Argument("mode", "str", "plain"),
        Argument("times", "int", 1),
        Argument("silent", "bool", False),
        Argument("offset", "float", 0.0),
        Argument("wet", "float", 1.0),
    )


def test_each_kind_becomes_its_control(driven):
    spec = spec_of(driven)
    gain, mode, times, silent, offset, wet, channels, own_wet = spec.controls
    assert gain == Slider("gain", "Loudness", "How loud. In dB.", "dB", -40, 40, 0.1, 0)
    assert isinstance(mode, Dropdown)
    assert (mode.label, mode.choices, mode.value) == ("Mode", ("plain", "inverted"), "plain")
    assert isinstance(times, Slider)
    assert (times.minimum, times.maximum, times.step, times.value) == (1, 4, 1, 1)
    assert isinstance(silent, Toggle)
    assert isinstance(offset, NumberBox)
    assert (wet.name, wet.label) == ("model_wet", "Wet (model)")
    assert (channels.name, own_wet.name) == ("channels", "wet")
    assert spec.card.warnings == ()
    listed = controls_answer(spec.card, spec.inputs, spec.outputs)["inputs"]
    labels = [item["label"] for item in listed]
    assert len(set(labels)) == len(labels) == 9
    assert all(item["info"] for item in listed)
    paths, values = parse_values(spec.inputs, ["/a.wav", *(item["value"] for item in listed[1:])])
    assert paths == ["/a.wav"]
    assert values["gain"] == 0.0


def test_the_values_reach_the_model_by_name(driven, tmp_path):
    effect, x = effect_of(driven), noise(2, 30_000)
    cases: list[tuple[dict[str, object], np.ndarray]] = [
        ({}, x),
        ({"gain": -20.0}, 0.1 * x),
        ({"mode": "inverted"}, -x),
        ({"times": 3.0}, 3 * x),
        ({"silent": True}, 0 * x),
        ({"offset": 0.25}, x + 0.25),
        ({"model_wet": 0.5}, 0.5 * x),
        ({"wet": 50.0, "gain": -20.0}, 0.55 * x),
    ]
    for number, (controls, expected) in enumerate(cases):
        sent = region(tmp_path, x, name=f"{number}.wav")
        assert np.allclose(run(effect, sent, **controls), expected, atol=1e-6), controls


def test_old_clients_of_the_format_call_forward_with_a_waveform(driven):
    x = torch.rand(1, 500)
    assert torch.equal(load_model(driven, "cpu")(x), x)


def test_a_control_that_lengthens_the_context_costs_no_seam(tmp_path):
    """Chunks are cut by what the result depends on, which a control may change beyond what the defaults show."""
    hints = [{"argument": "delay", "minimum": 0, "maximum": 900}]
    save(Echo(), {**EFFECT, "controls": hints}, tmp_path / "echo")
    save(Echo(), {**EFFECT, "controls": [{"argument": "delay", "minimum": 0, "maximum": 5}]}, tmp_path / "short")
    assert tried(tmp_path / "short").calibration.bounded
    assert not tried(tmp_path / "echo").calibration.bounded
    effect, x = effect_of(tmp_path / "echo"), noise(1, 70 * RATE)
    result = run(effect, region(tmp_path, x), delay=900.0)
    assert np.allclose(result, x + np.pad(x, ((0, 0), (7200, 0)))[:, : x.shape[1]], atol=1e-5)


@pytest.mark.parametrize("samples", [3_000, 30_000, 31_234])
def test_a_further_sound_is_cut_or_followed_by_silence(tmp_path, samples):
    effect = effect_of(save(Against(), EFFECT, tmp_path / "against"))
    assert effect.inputs[1] == AudioTrack(
        "Reference",
        "A further sound for the model. It is cut, or followed by silence, to the input's length. It may be left out.",
        required=False,
    )
    x, second = noise(1, 30_000, 1), noise(1, samples, 2)
    fitted = np.pad(second, ((0, 0), (0, 30_000)))[:, :30_000]
    sent = beside(region(tmp_path, x), tmp_path, second)
    assert np.allclose(run(effect, sent, amount=0.5), x - 0.5 * fitted, atol=1e-6)


def test_an_optional_sound_may_be_left_out(tmp_path):
    effect = effect_of(save(Against(), EFFECT, tmp_path / "against"))
    x = noise(1, 9_000)
    assert np.allclose(run(effect, beside(region(tmp_path, x), tmp_path, None)), x, atol=1e-6)


def test_a_further_sound_comes_at_the_models_rate(tmp_path):
    effect = effect_of(save(Against(), EFFECT, tmp_path / "against"))
    seconds, hertz = 4, 440
    tone = np.sin(2 * np.pi * hertz * np.arange(seconds * RATE) / RATE)[None].astype(np.float32)
    finer = np.sin(2 * np.pi * hertz * np.arange(seconds * 44_100) / 44_100)[None].astype(np.float32)
    result = run(effect, beside(region(tmp_path, tone), tmp_path, finer, rate=44_100))
    assert np.abs(result[:, 2000:-2000]).max() < 1e-3


@pytest.mark.parametrize("channels, others", [(2, 2), (2, 1), (1, 2), (3, 3), (3, 2)])
def test_a_mono_model_hears_the_matching_channel_or_the_mix(tmp_path, channels, others):
    effect = effect_of(save(Against(), EFFECT, tmp_path / "against"))
    x, second = noise(channels, 12_000, 1), noise(others, 12_000, 2)
    heard = second if channels == others else second.mean(axis=0, keepdims=True)
    sent = beside(region(tmp_path, x), tmp_path, second)
    assert np.allclose(run(effect, sent), x - heard, atol=1e-6)
    again = replace(sent, folder=tmp_path / "mixed")
    again.folder.mkdir()
    mixed = x.mean(axis=0) - second.mean(axis=0)
    assert np.allclose(run(effect, again, channels="Mix to mono"), np.tile(mixed, (channels, 1)), atol=1e-6)


@pytest.mark.parametrize("channels, others", [(2, 2), (2, 1), (1, 2), (4, 4), (3, 3)])
def test_a_stereo_model_hears_the_matching_pair_or_the_mix(tmp_path, channels, others):
    metadata = {**EFFECT, "multichannel": True, "labels": ["Result"]}
    effect = effect_of(save(Stereo(), metadata, tmp_path / "stereo"))
    x, second = noise(channels, 12_000, 1), noise(others, 12_000, 2)
    expected = x.copy()
    for at in range(0, channels, 2):
        pair = x[at : at + 2]
        other = second[at : at + 2] if channels == others else second
        other = np.tile(other, (2, 1)) if len(other) == 1 else other
        if len(pair) == 1:
            expected[at] = (2 * pair[0] - other.sum(axis=0)) / 2
        else:
            expected[at : at + 2] = pair - other[::-1]
    assert np.allclose(run(effect, beside(region(tmp_path, x), tmp_path, second)), expected, atol=1e-6)


def test_a_long_region_gets_the_same_stretch_of_the_further_sound(tmp_path):
    effect = effect_of(save(Against(), EFFECT, tmp_path / "against"))
    x, second = noise(1, 70 * RATE + 17, 1), noise(1, 70 * RATE + 17, 2)
    assert np.allclose(run(effect, beside(region(tmp_path, x), tmp_path, second)), x - second, atol=1e-6)


def test_a_sound_without_a_default_is_a_required_track(tmp_path):
    effect = effect_of(save(Sum(), EFFECT, tmp_path / "sum"))
    assert isinstance(effect.inputs[1], AudioTrack)
    assert effect.inputs[1].required
    x, second = noise(1, 9_000, 1), noise(1, 9_000, 2)
    assert np.allclose(run(effect, beside(region(tmp_path, x), tmp_path, second)), x + second, atol=1e-6)


def test_a_labeler_has_controls_and_further_sounds_too(tmp_path):
    folder = save(Louder(), {**LABELER, "labels": ["loud"]}, tmp_path / "louder")
    tried(folder)
    labeler = AudacitorchLabeler("some/labeler", str(folder), str(folder / "profile.json"))
    labeler.setup("cpu")
    assert [item.label for item in labeler.inputs[:3]] == ["Input Audio", "Reference", "Level"]
    x = np.full((1, 3 * RATE), 0.2, np.float32)
    x[:, RATE:] = 0.4

    def starts(sent: Region, **controls: object) -> list[float]:
        (labels,) = labeler.process(sent, controls, Watch())
        return [label.t for label in labels.labels]

    sent = beside(region(tmp_path, x), tmp_path, None)
    assert starts(sent) == [0.0]
    assert starts(sent, level=0.3) == [pytest.approx(1.0)]
    assert starts(sent, level=0.5) == []
    second = np.full((1, 3 * RATE), 0.3, np.float32)
    second[:, : 2 * RATE] = 0.5
    heard = beside(region(tmp_path, x, name="again.wav"), tmp_path, second)
    assert starts(heard) == [pytest.approx(2.0)]


def test_wrong_hints_are_warnings_on_the_card_and_the_control_stays(tmp_path):
    hints = [
        {"argument": "gain", "minimum": 5, "maximum": 9},
        {"argument": "mode", "choices": ["loud", "soft"]},
        {"argument": "times", "minimum": 0.5, "maximum": 4, "choices": ["a"]},
        {"argument": "speed"},
    ]
    folder = save(Driven(), {**EFFECT, "controls": hints}, tmp_path)
    spec = describe("a/b", folder, replace(ModelProfile(False, 1, 1, False, 2.5), arguments=tried(folder).arguments))
    gain, mode, times = spec.controls[:3]
    assert isinstance(gain, NumberBox)
    assert isinstance(mode, TextBox)
    assert isinstance(times, NumberBox)
    assert spec.card.warnings == (
        "controls names “speed”, which the model's forward does not take.",
        "The default of “gain” is 0, out of its own range, which is left out.",
        "The default of “mode” is none of its choices; any text is taken.",
        "The control “times” is a number; its choices are left out.",
        "“times” is a whole number; a minimum, maximum or step that is none is left out.",
    )
