"""Getting models ready never changes what they compute, and never loses one."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import torch
from torch import nn

from app.audacitorch.effect import AudacitorchEffect
from app.audacitorch.inference import precision, readiness
from app.audacitorch.inference.forward import forward_waveform
from app.audacitorch.inference.precision import error_level, unsupported
from app.audacitorch.inference.readiness import make_ready
from app.audacitorch.loading import load_model
from app.audacitorch.profile import ModelProfile
from app.audacitorch.torchscript import freeze, script
from app.errors import ModelRunError
from tests.audacitorch.models import EFFECT, Gain, Plain, save

CPU = torch.device("cpu")
NOISE = 0.1 * np.random.default_rng(1).standard_normal((1, 4000)).astype(np.float32)

needs_bf16 = pytest.mark.skipif(bool(unsupported("bfloat16", CPU)), reason="this processor has no bfloat16 arithmetic")


class Convolutions(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.net = nn.Sequential(
            nn.Conv1d(1, 8, 9, padding=4), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(), nn.Conv1d(8, 1, 1)
        )
        self.net[1].running_mean = torch.rand(8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x[None])[0]


class Counting(nn.Module):
    """Each call is louder than the one before."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return x * self.calls


class Summing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("sum", torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.sum += 1.0
        return x * self.sum


class Quiet(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert x.abs().max() < 0.01, "too loud"
        return x


class Chance(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.randn_like(x)


class InPlace(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mul_(2.0)


def loaded(module, folder):
    save(module, EFFECT, folder)
    return load_model(folder, "cpu")


def test_a_frozen_model_computes_the_same(tmp_path):
    module = loaded(Convolutions(), tmp_path)
    ready = make_ready(module, CPU, 1, 4000)
    assert ready.module is not module
    assert not list(ready.module.parameters())
    change = np.abs(forward_waveform(ready, NOISE, CPU) - forward_waveform(module, NOISE, CPU)).max()
    assert change < 1e-6
    other_length = NOISE[:, :777]
    assert np.abs(forward_waveform(ready, other_length, CPU) - forward_waveform(module, other_length, CPU)).max() < 1e-6


@pytest.mark.parametrize("stateful", [Counting, Summing])
def test_a_model_with_state_is_left_as_it_was(tmp_path, stateful):
    module = loaded(stateful(), tmp_path)
    ready = make_ready(module, CPU, 1, 4000, "bfloat16")
    assert ready.module is module
    assert "it keeps state from call to call" in ready.notice
    assert np.array_equal(forward_waveform(ready, NOISE, CPU), NOISE)  # no call came before the first


def test_a_model_that_the_trial_found_not_to_survive_freezing_is_not_frozen(tmp_path, monkeypatch):
    module = loaded(Convolutions(), tmp_path)
    monkeypatch.setattr(readiness, "freeze", lambda module: pytest.fail("frozen"))
    ready = make_ready(module, CPU, 1, 4000, "bfloat16", "it fails when it is frozen")
    assert ready.module is module
    assert ready.notice == "The model computes in float32, not bfloat16: it fails when it is frozen."
    profile = ModelProfile(False, 1, 1, False, 0.5, unfrozen="it fails when it is frozen")
    assert readiness.open_ready(tmp_path, CPU, 8000, profile, False).loaded is None


def test_a_model_that_fails_on_noise_is_kept(tmp_path):
    module = loaded(Quiet(), tmp_path)
    ready = make_ready(module, CPU, 1, 4000)
    assert ready.module is module and ready.notice == ""
    quiet = 0.01 * NOISE
    assert np.array_equal(forward_waveform(ready, quiet, CPU), quiet)


def test_a_model_that_cannot_be_frozen_is_kept(tmp_path, monkeypatch):
    def refuse(module):
        raise RuntimeError("no")

    module = loaded(Convolutions(), tmp_path)
    monkeypatch.setattr(readiness, "freeze", refuse)
    assert make_ready(module, CPU, 1, 4000).module is module


def test_a_frozen_model_that_computes_something_else_is_not_used(tmp_path, monkeypatch):
    module = loaded(Convolutions(), tmp_path)
    monkeypatch.setattr(readiness, "freeze", lambda module: script(nn.Identity()))
    assert make_ready(module, CPU, 1, 4000).module is module


def test_a_model_of_chance_is_frozen_and_leaves_the_chance_of_others_alone(tmp_path):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    module = loaded(Chance(), tmp_path)
    assert make_ready(module, CPU, 1, 4000).module is not module
    assert torch.equal(torch.rand(3), expected)


def test_a_slow_model_is_tried_once_only(tmp_path, monkeypatch):
    module = loaded(Convolutions(), tmp_path)
    calls = []
    tried = readiness._tried
    monkeypatch.setattr(readiness, "_tried", lambda *given: calls.append(1) or tried(*given))
    monkeypatch.setattr(readiness, "_PATIENCE", -1.0)
    assert make_ready(module, CPU, 1, 4000).module is module
    assert len(calls) == 1


def test_the_callers_samples_are_left_alone(tmp_path):
    ready = make_ready(loaded(InPlace(), tmp_path), CPU, 1, 4000)
    given = NOISE.copy()
    assert np.array_equal(forward_waveform(ready, given, CPU), 2 * NOISE)
    assert np.array_equal(given, NOISE)


def test_what_freezing_leaves_tells_state(tmp_path):
    assert freeze(loaded(Plain(), tmp_path / "plain")) is not None
    assert freeze(loaded(Gain(), tmp_path / "gain")) is not None
    assert freeze(loaded(Counting(), tmp_path / "counting")) is None


@needs_bf16
def test_fewer_bits_are_used_where_the_error_is_small(tmp_path, monkeypatch):
    module = loaded(Convolutions(), tmp_path)
    refused = make_ready(module, CPU, 1, 4000, "bfloat16")
    assert refused.precision == "float32"
    assert refused.notice.startswith("The model computes in float32, not bfloat16: the error would be -")
    assert refused.notice.endswith("dB, and -60 dB is allowed.")
    monkeypatch.setattr(precision, "MOST_ERROR", -20.0)
    taken = make_ready(module, CPU, 1, 4000, "bfloat16")
    assert (taken.precision, taken.notice) == ("bfloat16", "")
    exact, rough = forward_waveform(module, NOISE, CPU), forward_waveform(taken, NOISE, CPU)
    level = error_level([rough], [exact])
    assert level is not None and -60 < level < -20
    assert rough.dtype == np.float32


@pytest.mark.parametrize("name", ["float16", "tf32"])
def test_what_the_processor_lacks_is_not_tried(tmp_path, name):
    ready = make_ready(loaded(Convolutions(), tmp_path), CPU, 1, 4000, name)
    assert ready.precision == "float32"
    assert ready.notice == f"The model computes in float32, not {name}: {name} is for GPUs."


def test_the_error_is_relative_to_the_result():
    ones = np.ones((1, 100), np.float32)
    assert error_level([1.001 * ones], [ones]) == pytest.approx(-60, abs=0.01)
    assert error_level([ones], [ones]) == -np.inf
    assert error_level([ones], [0 * ones]) == np.inf
    assert error_level([ones[:, :3]], [ones]) is None
    assert error_level([np.full((1, 100), np.nan, np.float32)], [ones]) != 0


def test_the_precision_that_an_operator_wants_comes_from_the_environment(tmp_path, monkeypatch):
    save(Convolutions(), EFFECT, tmp_path)
    monkeypatch.setenv("HARPIST_PRECISION", "float16")
    endpoint = AudacitorchEffect("test/model", str(tmp_path))
    endpoint.setup("cpu")
    assert endpoint.notice == "The model computes in float32, not float16: float16 is for GPUs."
    monkeypatch.setenv("HARPIST_PRECISION", "nonsense")
    assert precision.wanted_precision() == "float32"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("name", ["float32", "tf32", "bfloat16", "float16"])
def test_a_gpu_computes_what_the_processor_does(tmp_path, name):
    module = loaded(Convolutions(), tmp_path)
    device = torch.device("cuda")
    ready = make_ready(load_model(tmp_path, "cuda"), device, 1, 4000, name)
    level = error_level([forward_waveform(ready, NOISE, device)], [forward_waveform(module, NOISE, CPU)])
    assert level is not None and level < (-100 if ready.precision == "float32" else -59)


class Mismatch(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.late(x)

    def late(self, x: torch.Tensor) -> torch.Tensor:
        return x if bool(x.abs().max() < 0.9) else x + x[:, 1:]


def test_an_operator_that_fails_in_a_frozen_model_ends_in_a_sentence(tmp_path):
    """Torch looks up the functions that the call was inlined from, and crashed where they were gone."""
    ready = make_ready(load_model(save(Mismatch(), EFFECT, tmp_path), "cpu"), CPU, 1, 4000)
    assert ready.loaded is not None, "it is frozen"
    gc.collect()
    with pytest.raises(ModelRunError, match=r"The size of tensor a \(4000\) must match"):
        forward_waveform(ready, np.ones((1, 4000), np.float32), CPU)


class Beside(nn.Module):
    """A layer as a task beside another one."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x.reshape(-1, 8)
        task = torch.jit.fork(self.one, y)
        return torch.matmul(torch.jit.wait(task), torch.matmul(self.other(y).t(), y)).reshape(1, -1)


class Deeper(nn.Module):
    """A task that is started two modules further down, under a condition."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(Beside())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.shape[1] > 4:
            x = self.inner(x)
        return x


@pytest.mark.parametrize("module", [Beside(), Deeper()])
def test_a_model_that_starts_tasks_runs_as_the_trial_ran_it(module, tmp_path):
    model = loaded(module, tmp_path)
    ready = make_ready(model, CPU, 1, 4000)
    assert ready.module is model and ready.notice == ""
    assert make_ready(model, CPU, 1, 4000, "bfloat16").notice.endswith("not bfloat16: it starts tasks of its own.")
    with torch.inference_mode():
        expected = model(torch.from_numpy(NOISE))
    for _ in range(3):
        assert np.allclose(forward_waveform(ready, NOISE, CPU), expected, atol=1e-5)
