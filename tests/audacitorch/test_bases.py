from __future__ import annotations

import pytest
import torch
from torch import nn

from app.audacitorch import WaveformToLabelsBase, bases
from app.audacitorch.torchscript import script
from tests.audacitorch.models import Bands, Gain, Longer, Pulses


class Given(WaveformToLabelsBase):
    """Returns what it was built with."""

    def __init__(self, labels: torch.Tensor, times: torch.Tensor) -> None:
        super().__init__(nn.Identity())
        self.labels = nn.Parameter(labels, requires_grad=False)
        self.times = nn.Parameter(times, requires_grad=False)

    def do_forward_pass(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.labels, self.times


def test_the_wrapped_model_is_in_eval_mode():
    assert not bases.WaveformToWaveformBase(nn.Dropout()).model.training


@pytest.mark.parametrize("compiled", [False, True])
def test_an_effect_runs_and_checks_its_input(compiled):
    model = script(Gain()) if compiled else Gain()
    x = torch.ones(2, 8)
    assert torch.equal(model(x), 0.5 * x)
    for wrong in (torch.ones(8), torch.ones(1, 1, 8), torch.ones(8, 8), torch.ones(1, 0)):
        with pytest.raises((ValueError, torch.jit.Error), match="waveform"):
            model(wrong)


def test_an_effect_checks_its_output():
    with pytest.raises(torch.jit.Error, match="the result has 1 channels and 1 samples; a waveform"):
        script(Longer(-7))(torch.ones(1, 8))


@pytest.mark.parametrize("compiled", [False, True])
def test_labels_may_be_indices_probabilities_or_none(compiled):
    x = torch.ones(1, 4000)
    for model, shape in ((Bands(), (5, 3)), (Bands(probabilities=False), (5,)), (Pulses(nn.Identity()), (1,))):
        labels, times = (script(model) if compiled else model)(x)
        assert tuple(labels.shape) == shape
        assert tuple(times.shape) == (shape[0], 2)
    labels, times = (script(Pulses(nn.Identity())) if compiled else Pulses(nn.Identity()))(0 * x)
    assert labels.shape == (0,)
    assert times.shape == (0, 2)


@pytest.mark.parametrize(
    "labels, times, message",
    [
        (torch.zeros(1, 2, 3), torch.tensor([[0.0, 1.0]]), "the labels have 3 dimensions"),
        (torch.zeros(2), torch.tensor([[0.0, 1.0]]), "2 labels and 1 timestamps"),
        (torch.zeros(1), torch.tensor([0.0, 1.0]), r"the timestamps have the shape \[.*\]"),
        (torch.zeros(1), torch.tensor([[0.0, 1.0, 2.0]]), r"the timestamps have the shape \[.*\]"),
        (torch.zeros(1), torch.tensor([[-1.0, 1.0]]), "starts before 0"),
        (torch.zeros(1), torch.tensor([[1.0, 1.0]]), "ends before it starts"),
    ],
)
def test_a_labeler_checks_its_output(labels, times, message):
    with pytest.raises(torch.jit.Error, match=message):
        script(Given(labels, times))(torch.ones(1, 8))


def test_the_work_is_to_be_overridden():
    for base in (bases.WaveformToWaveformBase, bases.WaveformToLabelsBase):
        with pytest.raises(NotImplementedError):
            base(nn.Identity())(torch.ones(1, 8))
