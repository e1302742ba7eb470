"""``export``: the whole folder that an author publishes, and what it refuses."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
import torch
from torch import nn

from app.audacitorch import WaveformToLabelsBase, WaveformToWaveformBase, export
from app.audacitorch.loading import load_model
from app.audacitorch.metadata import read_metadata
from app.audacitorch.readme import read_header
from app.audacitorch.torchscript import script, trace
from app.errors import AudioFileError, ModelFormatError, ModelRunError
from tests.audacitorch.driven import DRIVEN, Driven, Sum
from tests.audacitorch.models import EFFECT, LABELER, RATE, Bands, Gain, Rows, noise, read


class FirstSecond(WaveformToWaveformBase):
    """Halves its input block by block: a number of blocks that a trace keeps."""

    def __init__(self) -> None:
        super().__init__(nn.Identity())

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        y = x.clone()
        for at in range(0, int(x.shape[1]), 1000):
            y[:, at : at + 1000] *= -0.5
        return y


class Around(WaveformToWaveformBase):
    """A traced core with a control around it."""

    def do_forward_pass(self, x: torch.Tensor, amount: float = 1.0) -> torch.Tensor:
        return amount * self.model(x)


class Reshaped(WaveformToWaveformBase):
    def __init__(self) -> None:
        super().__init__(nn.Identity())

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return x.reshape(1, int(x.shape[1])) * 0.5


def test_a_folder_that_can_be_published(tmp_path):
    x = noise(1, 3 * RATE)
    metadata = {**EFFECT, "name": "A gain"}
    folder = export(Gain(0.5), metadata, tmp_path / "gain", example=(x, RATE), licence="cc-by-4.0")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gain"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md", "example-out-1.wav", "example.svg", "example.wav", "metadata.json", "model.pt",
    ]  # fmt: skip
    header = read_header((folder / "README.md").read_text())
    assert header["license"] == ["cc-by-4.0"]
    assert header["pipeline_tag"] == ["audio-to-audio"]
    assert header["tags"][0] == "audacity"
    assert "music" in header["tags"]
    assert read_metadata(folder).warnings == ()
    assert json.loads((folder / "metadata.json").read_text()) == metadata
    assert np.allclose(read(folder / "example-out-1.wav"), 0.5 * read(folder / "example.wav"), atol=1e-4)
    drawn = ElementTree.fromstring((folder / "example.svg").read_text())
    assert len(drawn.findall("{http://www.w3.org/2000/svg}polygon")) == 2


def test_fewer_outputs_leave_none_of_the_old_and_other_files_stay(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    export(Rows(3), {**EFFECT, "labels": ["a", "b", "c"]}, tmp_path, licence="mit")
    assert (tmp_path / "example-out-3.wav").exists()
    export(Rows(1), EFFECT, tmp_path, licence="mit")
    assert [path.name for path in sorted(tmp_path.glob("example-out-*"))] == ["example-out-1.wav"]
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_labeler_has_labels_and_the_other_pipeline_tag(tmp_path):
    folder = export(Bands(), LABELER, tmp_path / "bands", licence="mit")
    assert "pipeline_tag: audio-classification" in (folder / "README.md").read_text()
    lines = (folder / "example-labels.txt").read_text().splitlines()
    assert lines
    assert all(len(line.split("\t")) == 3 for line in lines)


def test_an_example_may_be_a_file_and_controls_stand_in_the_card(tmp_path):
    soundfile.write(tmp_path / "in.wav", noise(2, 9_000).T, 16_000)
    folder = export(Driven(), DRIVEN, tmp_path / "driven", example=tmp_path / "in.wav", licence="mit")
    assert soundfile.info(folder / "example-out-1.wav").samplerate == 16_000
    assert "| `gain` | float | 0.0 |" in (folder / "README.md").read_text()


@pytest.mark.parametrize(
    "module, metadata, sentence",
    [
        (Gain(), {**EFFECT, "short_description": "x" * 61}, "short_description"),
        (Gain(), {**EFFECT, "sample_rate": "8000"}, "sample_rate"),
        (Gain(), {**EFFECT, "labels": ["a", "b"]}, "2 labels for 1 output"),
        (Bands(), EFFECT, "the model returns labels"),
        (Gain(), {**EFFECT, "controls": "gain"}, "controls"),
        (Sum(), EFFECT, "wants “second” without a default"),
        (Gain(), {**EFFECT, "labels": [object()]}, "“labels” cannot be written as JSON"),
        (Gain(), "metadata.json", "are no dictionary"),
        (Gain, EFFECT, "an instance of a torch.nn.Module is expected"),
        (Around(nn.Linear(2, 2, device="meta")), EFFECT, "its “model.weight” is on the device “meta”"),
        (Driven(), {**DRIVEN, "controls": [{"argument": "mode", "choices": ["loud"]}]}, "none of its choices"),
        (Driven(), {**DRIVEN, "controls": [{"argument": "made_up"}]}, "which the model's forward does not take"),
    ],
)
def test_what_deviates_is_refused_and_nothing_is_written(tmp_path, module, metadata, sentence):
    with pytest.raises(ModelFormatError, match=sentence) as caught:
        export(module, metadata, tmp_path / "model", licence="mit")
    assert "\n" not in caught.value.message
    assert list(tmp_path.iterdir()) == []


def test_a_licence_is_an_id_which_the_card_has_as_the_hub_writes_it(tmp_path):
    for licence, sentence in (("", "No licence is stated"), ("MIT License", "“MIT License” is no licence's id")):
        with pytest.raises(ModelFormatError, match=sentence):
            export(Gain(), EFFECT, tmp_path / "model", licence=licence)
    folder = export(Gain(), EFFECT, str(tmp_path / "model"), licence="CC-BY-4.0")
    assert read_header((folder / "README.md").read_text())["license"] == ["cc-by-4.0"]


@pytest.mark.parametrize(
    "example, sentence",
    [
        ("missing.wav", "There is no file “missing.wav”"),
        (np.zeros((1, RATE)), "no pair"),
        ((np.ones((1, RATE), np.int16), RATE), "is of int16"),
        ((np.zeros((RATE, 2)), RATE), "no sound"),
    ],
)
def test_an_example_that_is_no_sound_is_refused(tmp_path, example, sentence):
    with pytest.raises(AudioFileError, match=sentence):
        export(Gain(), EFFECT, tmp_path / "model", licence="mit", example=example)
    assert list(tmp_path.iterdir()) == []


def test_a_module_keeps_its_mode_and_an_example_its_gradient(tmp_path):
    module, example = Gain().train(), torch.zeros(1, RATE, requires_grad=True)
    export(module, EFFECT, tmp_path / "model", licence="mit", example=(example, RATE))
    assert module.training and module.model.training and example.requires_grad


def test_weights_of_another_type_are_told_where_the_model_fails(tmp_path):
    sentence = r"since its weights are float16 \(half\); its author should call \.float\(\) on the module before"
    with pytest.raises(ModelRunError, match=sentence):
        export(Around(nn.Conv1d(1, 1, 1).half()), EFFECT, tmp_path / "model", licence="mit")


class Stärke(Gain):  # noqa: PLC2401
    """A name that torch writes and does not read again."""


def test_names_that_torch_cannot_read_again_are_told(tmp_path):
    with pytest.raises(ModelFormatError, match="torch cannot read the model that it wrote; the names of"):
        export(Stärke(), EFFECT, tmp_path / "model", licence="mit")


def test_a_trace_is_refused_where_it_would_lose_a_control(tmp_path):
    with pytest.raises(ModelFormatError, match="takes “gain” beside its waveform, which a trace does not keep"):
        export(Driven(), DRIVEN, tmp_path / "model", licence="mit", traced=True)


class Counted(WaveformToLabelsBase):
    """One label; its class tells whether the sound is long, which a trace decides once."""

    def do_forward_pass(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        labels = torch.ones(1) if x.shape[1] > 1.5 * RATE else torch.zeros(1)
        return labels.to(torch.int64), torch.tensor([[0.0, 0.5]])


def test_a_traced_model_that_does_not_depend_on_the_length_is_exported(tmp_path):
    for name, module, traced in (("own", trace(Gain(), torch.rand(1, 8000)), False), ("ours", Gain(), True)):
        folder = export(module, EFFECT, tmp_path / name, licence="mit", traced=traced)
        x = torch.rand(1, 12_345)
        assert torch.equal(load_model(folder, "cpu")(x), 0.5 * x)
    export(script(Gain()), EFFECT, tmp_path / "scripted", licence="mit")


def test_a_traced_part_of_a_scripted_model_is_tried_too(tmp_path):
    with pytest.raises(ModelFormatError, match="was traced with 20000 samples"):
        export(Around(trace(FirstSecond(), torch.rand(1, 20_000))), EFFECT, tmp_path / "bad", licence="mit")
    export(Around(trace(Gain(), torch.rand(1, 20_000))), EFFECT, tmp_path / "good", licence="mit")


def test_a_traced_labeler_is_compared_with_its_module(tmp_path):
    with pytest.raises(ModelFormatError, match="with 16007 it returns something else than the module itself"):
        export(Counted(nn.Identity()), LABELER, tmp_path / "model", licence="mit", traced=True)


@pytest.mark.parametrize("module", [FirstSecond(), Reshaped()])
@pytest.mark.parametrize("ours", [True, False])
def test_a_traced_model_that_depends_on_the_length_is_caught(tmp_path, module, ours):
    given = module if ours else trace(module, torch.rand(1, 20_000))
    with pytest.raises(
        ModelFormatError, match=r"^The model was traced with \d+ samples and depends on that: "
    ) as caught:
        export(given, EFFECT, tmp_path / "model", licence="mit", traced=ours)
    assert "\n" not in caught.value.message
    assert list(tmp_path.iterdir()) == []
