"""The way to a device and back; the staged way of GPUs is walked on the CPU, too."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from app.audacitorch.inference.transfer import Transfer

DEVICES = [
    pytest.param("cpu", False, id="cpu"),
    pytest.param("cpu", True, id="cpu-staged"),
    pytest.param(
        "cuda",
        None,
        id="cuda",
        marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU"),
    ),
]


@pytest.mark.parametrize("device, staged", DEVICES)
def test_samples_come_back_as_they_went(device, staged):
    way = Transfer(torch.device(device), staged)
    generator = np.random.default_rng(0)
    kept = []
    for length in (10, 1000, 0, 500, 4000):  # longer and shorter than the buffer that is there
        samples = generator.standard_normal((2, length)).astype(np.float32)
        sent = way.send(samples)
        assert sent.device.type == device and sent.dtype == torch.float32
        kept.append((samples.copy(), way.fetch(sent), sent))
        samples[:] = 0
    for samples, fetched, sent in kept:  # nothing was overwritten by what came later
        assert np.array_equal(fetched, samples)
        assert np.array_equal(sent.cpu().numpy(), samples)


@pytest.mark.parametrize("device, staged", DEVICES)
def test_every_kind_of_tensor_becomes_float32(device, staged):
    way = Transfer(torch.device(device), staged)
    half = torch.arange(12, dtype=torch.float16, device=device).reshape(3, 4).T
    for tensor in (half, half.to(torch.int64), half.to(torch.float64), half[1:, ::2]):
        fetched = way.fetch(tensor)
        assert fetched.dtype == np.float32
        assert np.array_equal(fetched, tensor.cpu().numpy().astype(np.float32))


def test_the_cpu_is_spared_a_copy():
    tensor = torch.ones(2, 5)
    fetched = Transfer(torch.device("cpu")).fetch(tensor)
    tensor[0, 0] = 7
    assert fetched[0, 0] == 7
