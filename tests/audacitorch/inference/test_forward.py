from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from app.audacitorch.inference.forward import forward_labels, forward_waveform
from app.audacitorch.torchscript import script
from app.errors import ModelRunError
from tests.audacitorch.models import Bands, Failing, Gain, Longer, Pulses, Rows, noise

CPU = torch.device("cpu")


class InPlace(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mul_(0.0)


class Batched(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[None].to(torch.float64)


class Flat(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[0]


class Cube(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.stack([x, x])


class Whole(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.to(torch.int16)


class Complex(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.complex(x, x)


class NotANumber(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x / 0.0


class Text(nn.Module):
    def forward(self, x: torch.Tensor) -> str:
        return "result"


class Huge(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :1].expand(1, 1 << 40)


class ManyRows(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :1000].expand(1 << 30, 1000)


class Greedy(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.ones([1 << 50], dtype=torch.float32)


class Pair(nn.Module):
    """Labels and timestamps as they were given."""

    def __init__(self, labels: torch.Tensor, times: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("labels", labels)
        self.register_buffer("times", times)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.labels, self.times


def test_an_effect_returns_its_rows():
    x = noise(1, 1000)
    assert np.array_equal(forward_waveform(script(Gain()), x, CPU), 0.5 * x)
    assert np.array_equal(forward_waveform(script(Rows(3)), x, CPU), np.stack([x[0], 2 * x[0], 3 * x[0]]))


def test_a_model_that_works_in_place_leaves_its_input_alone():
    x = noise(1, 1000)
    before = x.copy()
    forward_waveform(script(InPlace()), x, CPU)
    assert np.array_equal(x, before)


def test_a_rank_with_a_plain_meaning_is_read():
    x = noise(1, 1000)
    assert np.array_equal(forward_waveform(script(Batched()), x, CPU), x)
    assert np.array_equal(forward_waveform(script(Flat()), x, CPU), x)


@pytest.mark.parametrize("extra", [-400, -1, 0, 1, 400])
def test_a_few_samples_too_many_or_too_few_are_borne(extra):
    x = noise(1, 10_000)
    result = forward_waveform(script(Longer(extra)), x, CPU)
    assert np.array_equal(result, x[:, : 10_000 + extra])


@pytest.mark.parametrize(
    "model, message",
    [
        (Longer(-5000), "returned 5000 samples where 10000 went in; as many are expected"),
        (Longer(90_000), "returned 100000 samples where 10000 went in"),
        (Huge(), "returned 1099511627776 samples where 10000 went in"),
        (ManyRows(), r"returned the shape \(1073741824, 1000\)"),
        (Cube(), r"returned the shape \(2, 1, 10000\); \(rows, samples\) is expected"),
        (Whole(), "returned int16 values; floating-point samples are expected"),
        (Complex(), "returned complex64 values"),
        (NotANumber(), r"not numbers \(NaN or infinity\)"),
        (Text(), "returned no tensor for a waveform"),
        (Bands(), "returned labels or several values; one waveform"),
        (Greedy(), "ran out of memory"),
    ],
)
def test_another_result_is_one_sentence(model, message):
    with pytest.raises(ModelRunError, match=message) as caught:
        forward_waveform(script(model), noise(1, 10_000), CPU)
    assert "\n" not in caught.value.message
    assert len(caught.value.message) <= 200


def test_a_failure_in_torchscript_is_one_clean_sentence():
    with pytest.raises(ModelRunError) as caught:
        forward_waveform(script(Failing(nn.Identity())), np.ones((1, 100), np.float32), CPU)
    assert caught.value.message == "The model failed on this region: louder than this model bears, see …."


def test_indices_and_probabilities():
    x = np.zeros((1, 1600), np.float32)
    labels, times = forward_labels(script(Bands()), x, CPU)
    assert np.allclose(labels, [[1, 0, 0], [1, 0, 0]])
    assert np.allclose(times, [[0, 0.1], [0.1, 0.2]])
    labels, times = forward_labels(script(Bands(probabilities=False)), x, CPU)
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 0]
    labels, times = forward_labels(script(Pulses(nn.Identity())), x, CPU)
    assert labels.shape == (0,)
    assert times.shape == (0, 2)


@pytest.mark.parametrize(
    "labels, times, expected",
    [
        (torch.tensor([2.0]), torch.tensor([[0.0, 1.0]]), [2]),
        (torch.tensor(2), torch.tensor([0.0, 1.0]), [2]),
        (torch.tensor([[2]]), torch.tensor([[0.0, 1.0]]), [2]),
        (torch.zeros(0), torch.zeros(0), []),
        (torch.zeros(0), torch.zeros(0, 2), []),
    ],
)
def test_indices_of_another_kind_are_read(labels, times, expected):
    found, spans = forward_labels(script(Pair(labels, times)), noise(1, 10), CPU)
    assert found.tolist() == expected
    assert spans.shape == (len(expected), 2)


def test_no_probabilities_are_still_probabilities():
    found, _ = forward_labels(script(Pair(torch.zeros(0, 3), torch.zeros(0, 2))), noise(1, 10), CPU)
    assert found.shape == (0, 3)


def test_scores_outside_of_0_to_1_become_probabilities():
    found, _ = forward_labels(script(Pair(torch.tensor([[-2.0, 3.0]]), torch.tensor([[0.0, 1.0]]))), noise(1, 10), CPU)
    assert np.allclose(found.sum(axis=1), 1)
    assert found[0, 1] == pytest.approx(1 / (1 + np.exp(-5.0)))


@pytest.mark.parametrize(
    "labels, times, message",
    [
        (torch.zeros(2), torch.zeros(2, 3), r"timestamps of the shape \(2, 3\); \(n, 2\) is expected"),
        (torch.zeros(2), torch.zeros(1, 2), r"labels of the shape \(2\) for 1 timestamps"),
        (torch.zeros(1, 1, 1), torch.zeros(1, 2), r"labels of the shape \(1, 1, 1\)"),
        (torch.zeros(1, 0), torch.zeros(1, 2), "probabilities of no class"),
        (torch.zeros(1), torch.full((1, 2), torch.nan), "not numbers"),
        (torch.full((1, 2), torch.nan), torch.zeros(1, 2), "not numbers"),
        (torch.full((1,), torch.inf), torch.zeros(1, 2), "not numbers"),
        (torch.zeros(200_001), torch.zeros(200_001, 2), "returned 200001 labels at once"),
    ],
)
def test_other_labels_are_one_sentence(labels, times, message):
    with pytest.raises(ModelRunError, match=message):
        forward_labels(script(Pair(labels, times)), noise(1, 10), CPU)


def test_a_waveform_is_no_label():
    with pytest.raises(ModelRunError, match="no pair of labels and timestamps"):
        forward_labels(script(Gain()), noise(1, 10), CPU)


ONE = torch.tensor([[0.0, 0.5]])


@pytest.mark.parametrize(
    "label, shown",
    [
        (torch.tensor([2**63 - 1]), "9223372036854775807"),
        (torch.tensor([-(2**63)]), "-9223372036854775808"),
        (torch.tensor([2**64 - 1], dtype=torch.uint64), "18446744073709551615"),
        (torch.tensor([1e30]), "1e+30"),
        (torch.tensor([1e300], dtype=torch.float64), "1e+300"),
        (torch.tensor([-1e30]), "-1e+30"),
    ],
)
def test_a_class_that_no_integer_holds_is_told_as_the_model_returned_it(label, shown):
    with pytest.raises(ModelRunError) as caught:
        forward_labels(lambda x: (label, ONE), noise(1, 1000), CPU)
    assert caught.value.message == f"The model returned the class {shown}; 0 to 9999 are expected."


@pytest.mark.parametrize(
    "label, expected",
    [
        (torch.tensor([2**24 + 1]), 2**24 + 1),
        (torch.tensor([True]), 1),
        (torch.tensor([7], dtype=torch.uint8), 7),
        (torch.tensor([2.6]), 3),
        (torch.tensor([-4], dtype=torch.int8), -4),
    ],
)
def test_a_class_is_read_exactly(label, expected):
    classes, _ = forward_labels(lambda x: (label, ONE), noise(1, 1000), CPU)
    assert classes.tolist() == [expected]
    assert classes.dtype == np.int64


ODD_TENSORS = {
    "nested": lambda x: torch.nested.nested_tensor([x[0], x[0, :100]]),
    "meta": lambda x: x.to("meta"),
    "sparse_coo": torch.Tensor.to_sparse,
    "sparse_csr": torch.Tensor.to_sparse_csr,
    "mkldnn": torch.Tensor.to_mkldnn,
}


@pytest.mark.parametrize("kind", ODD_TENSORS)
@pytest.mark.filterwarnings("ignore:.*(prototype|beta state).*")
def test_a_tensor_without_plain_rows_and_columns_is_called_by_its_kind(kind):
    make, x = ODD_TENSORS[kind], noise(1, 1000)
    with pytest.raises(ModelRunError) as caught:
        forward_waveform(make, x, CPU)
    assert caught.value.message == f"The model returned a {kind} tensor for a waveform; a plain tensor is expected."
    for pair in (lambda x: (make(x), ONE), lambda x: (torch.tensor([1]), make(x))):
        with pytest.raises(ModelRunError, match=f"a {kind} tensor for (labels|timestamps)"):
            forward_labels(pair, x, CPU)
