"""The mask: 0 to 1, all of the mixture or nothing of it at the ends, and gradients as finite differences say."""

from __future__ import annotations

import pytest
import torch

from endpoints.tagbox.masking import mask_of, masked, window_sizes

SIZES = (64, 128, 256)


def noise(seed: int, samples: int = 1000, channels: int = 2) -> torch.Tensor:
    return torch.randn(channels, samples, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("samples", [1, 63, 1000])
def test_the_mixture_itself_lets_all_through_and_silence_nothing(samples: int) -> None:
    mixture = noise(1, samples)
    assert torch.allclose(masked(mixture, mixture, SIZES), mixture, atol=1e-6)
    assert torch.equal(masked(torch.zeros_like(mixture), mixture, SIZES), torch.zeros_like(mixture))
    assert torch.allclose(masked(3 * mixture, mixture, SIZES), mixture, atol=1e-6)


def test_a_mask_lies_between_0_and_1_whatever_the_estimate_is() -> None:
    wanted, whole = torch.complex(noise(1), noise(2)), torch.complex(noise(3), 0.01 * noise(4))
    mask = mask_of(1e6 * wanted, whole)
    assert float(mask.min()) > 0.99 and float(mask.max()) <= 1
    half = mask_of(0.5 * whole, whole)
    assert torch.allclose(half, torch.full_like(half, 0.5), atol=1e-5)
    assert torch.equal(mask_of(0 * whole, whole), torch.zeros_like(half))
    assert torch.isfinite(mask_of(wanted, 0 * whole)).all()


def test_each_channel_is_masked_by_its_own_estimate() -> None:
    mixture = noise(5)
    estimate = torch.stack([mixture[0], torch.zeros(1000, dtype=torch.float64)])
    found = masked(estimate, mixture, SIZES)
    assert torch.allclose(found[0], mixture[0], atol=1e-6) and not found[1].any()


def test_the_gradient_is_that_of_finite_differences() -> None:
    mixture, direction = noise(6, 300, 1), noise(7, 300, 1)
    estimate = (0.4 * noise(8, 300, 1)).requires_grad_()
    loss = masked(estimate, mixture, (64, 128)).square().sum()
    (gradient,) = torch.autograd.grad(loss, estimate)
    step = 1e-6
    above, below = (
        masked(estimate.detach() + sign * step * direction, mixture, (64, 128)).square().sum() for sign in (1, -1)
    )
    assert float((gradient * direction).sum()) == pytest.approx(float(above - below) / (2 * step), rel=1e-4)


def test_windows_last_as_long_at_every_rate() -> None:
    assert [window_sizes(rate) for rate in (1000, 48000, 192000)] == [
        (32, 32, 64),
        (512, 1024, 2048),
        (2048, 4096, 8192),
    ]
