"""Models that the real audacitorch 0.0.4 exports, with the metadata that real repositories have."""

from __future__ import annotations

import warnings
from importlib.metadata import version
from pathlib import Path

import audacitorch.utils
import numpy as np
import pytest
import torch
from torch import nn

from app.audacitorch.describe import describe
from app.audacitorch.effect import AudacitorchEffect
from app.audacitorch.labeler import AudacitorchLabeler
from app.audacitorch.profile import write_profile
from app.audacitorch.trial.inspection import inspect_model
from app.endpoint import EndpointSpec
from app.errors import ModelRunError
from tests.audacitorch.models import Watch, noise, read, region
from tests.audacitorch.published import Enhancer, Short, Speech, Stereo, TwoGains

OLD = {"sample_rate": 8000, "domain": "speech", "description": "An older model.", "effect": "source-separation"}
NEW = {
    "sample_rate": 8000,
    "domain_tags": ["speech"],
    "short_description": "A model.",
    "long_description": "A model of the latest generation.",
    "tags": ["speech"],
    "labels": ["one", "two"],
    "effect_type": "waveform-to-waveform",
    "multichannel": False,
}


def publish(module: nn.Module, metadata: dict, folder: Path, trace: bool = False) -> Path:
    """Export a model with the package's own ``save_model``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's deprecation, and what tracing says of the package's assertions
        compiled = torch.jit.trace(module, torch.zeros(1, 20_000)) if trace else torch.jit.script(module)
        audacitorch.utils.save_model(compiled, metadata, folder)
    return folder


def served(folder: Path) -> tuple[EndpointSpec, AudacitorchEffect | AudacitorchLabeler]:
    """The model as the server describes it and a worker runs it."""
    path = folder / "profile.json"
    profile = inspect_model(folder)
    write_profile(path, profile, folder)
    spec = describe("owner/model", folder, profile, profile_path=path)
    kind = AudacitorchEffect if spec.factory.endswith("AudacitorchEffect") else AudacitorchLabeler
    endpoint = kind(**spec.arguments)
    endpoint.setup("cpu")
    assert (endpoint.card, endpoint.inputs, endpoint.outputs) == (spec.card, spec.inputs, spec.outputs)
    return spec, endpoint


def run(endpoint, folder: Path, samples: np.ndarray) -> list:
    return list(endpoint.process(region(folder, samples), {}, Watch()))


def test_the_package_is_the_real_one():
    assert version("audacitorch") == "0.0.4"


def test_separation(tmp_path):
    spec, effect = served(publish(TwoGains(nn.Identity()), NEW, tmp_path / "model"))
    x = noise(2, 100_000)
    outputs = run(effect, tmp_path, x)
    assert [output.label for output in outputs] == ["one", "two"]
    assert np.allclose(read(outputs[0].path), 0.5 * x, atol=1e-6)
    assert np.allclose(read(outputs[1].path), 0.25 * x, atol=1e-6)
    assert spec.card.warnings == ()


def test_an_older_generation_with_a_learnt_layer(tmp_path):
    layer = nn.Conv1d(1, 1, 1, bias=False)
    nn.init.constant_(layer.weight, 1.0)
    spec, effect = served(publish(TwoGains(layer), {**OLD, "labels": ["one", "two"]}, tmp_path / "model"))
    (first, _) = run(effect, tmp_path, x := noise(1, 9_000))
    assert np.allclose(read(first.path), 0.5 * x, atol=1e-6)
    assert spec.card.warnings == ()


@pytest.mark.parametrize(
    "labels, names", [(["a", "b", "c", "d"], ["a", "b"]), (["a"], ["a", "Output 2"]), ([], ["Output 1", "Output 2"])]
)
def test_more_and_fewer_labels_than_rows(tmp_path, labels, names):
    spec, effect = served(publish(TwoGains(nn.Identity()), {**NEW, "labels": labels}, tmp_path / "model"))
    outputs = run(effect, tmp_path, x := noise(1, 9_000))
    assert [output.label for output in outputs] == [output.label for output in spec.outputs] == names
    assert np.allclose(read(outputs[1].path), 0.25 * x, atol=1e-6)
    assert len(spec.card.warnings) == 1


def test_enhancement_has_wet_and_dry(tmp_path):
    spec, effect = served(publish(Enhancer(nn.Identity()), {**NEW, "labels": ["enhanced"]}, tmp_path / "model"))
    assert [control.name for control in spec.controls] == ["channels", "wet"]
    x = noise(2, 9_000)
    (output,) = effect.process(region(tmp_path, x), {"channels": "Keep stereo", "wet": 80.0}, Watch())
    assert np.allclose(read(output.path), (0.8 * 0.5 + 0.2) * x, atol=1e-6)


def test_multichannel_with_one_label_is_stereo_in_and_out(tmp_path):
    metadata = {**NEW, "multichannel": True, "labels": ["result"]}
    spec, effect = served(publish(Stereo(nn.Identity()), metadata, tmp_path / "model"))
    assert len(spec.outputs) == 1
    (output,) = run(effect, tmp_path, x := noise(2, 9_000))
    assert np.allclose(read(output.path), x[::-1], atol=1e-6)


def test_a_traced_model(tmp_path):
    _, effect = served(
        publish(Enhancer(nn.Identity()), {**NEW, "labels": ["enhanced"]}, tmp_path / "model", trace=True)
    )
    (output,) = run(effect, tmp_path, x := noise(1, 9_000))
    assert np.allclose(read(output.path), 0.5 * x, atol=1e-6)


@pytest.mark.parametrize(
    "kind", [{"effect_type": "waveform-to-labels"}, {"effect_type": "labeler"}, {"effect": "labeler"}]
)
def test_labels(tmp_path, kind):
    metadata = (
        {key: value for key, value in NEW.items() if key != "effect_type"} | {"labels": ["silence", "speech"]} | kind
    )
    spec, labeler = served(publish(Speech(nn.Identity()), metadata, tmp_path / "model"))
    sound = np.concatenate([np.zeros(8_000), np.full(8_000, 0.5), np.zeros(4_000)]).astype(np.float32)[None]
    (labels,) = run(labeler, tmp_path, sound)
    assert [(label.label, label.t, label.duration) for label in labels.labels] == [
        ("silence", 0, 1),
        ("speech", 1, 1),
        ("silence", 2, 0.5),
    ]
    assert spec.card.warnings == ()


def test_the_slips_of_real_repositories_at_once(tmp_path):
    folder = publish(Enhancer(nn.Identity()), NEW, tmp_path / "model")
    (folder / "metadata.json").write_text(
        '{\n"sample_rate": 8000,\n"domain_tags": ["Music"],\n"short_description": "' + "x" * 84 + '",\n'
        '"long_description": "It goes \\\n    on.",\n"tags": [],\n"labels": ["one", "two"],\n'
        '"effect_type": "waveform-to-waveform",\n"multichannel": false,\n}\n'
    )
    (folder / "README.md").write_text("---\ntags: audacity\n---\n")
    spec, effect = served(folder)
    assert spec.card.warnings == (
        "A string in metadata.json has a backslash before a line break.",
        "metadata.json has a trailing comma.",
        "The domain tags are not in lower case.",
        "short_description has 84 characters; the format allows 60.",
        "There are 2 labels for 1 output; the surplus is left out.",
    )
    assert spec.card.description.startswith("It goes on. Runs at 8 kHz")
    assert "No licence is stated." in spec.card.description
    (output,) = run(effect, tmp_path, x := noise(1, 9_000))
    assert np.allclose(read(output.path), 0.5 * x, atol=1e-6)


def test_the_packages_own_assertions_are_clean_sentences(tmp_path):
    folder = publish(Short(nn.Identity()), {**NEW, "effect_type": "waveform-to-labels"}, tmp_path / "model")
    labeler = AudacitorchLabeler("a/b", str(folder))
    labeler.setup("cpu")
    with pytest.raises(ModelRunError) as caught:
        run(labeler, tmp_path, noise(1, 9_000))
    assert caught.value.message.startswith("The model failed on this region: timestamp ends (")
    assert "\n" not in caught.value.message
