"""What the blend of two estimates is where they agree, and where they do not."""

from __future__ import annotations

import pytest
import torch

from app.audacitorch.torchscript import script
from endpoints.bundled.spectral_blend import SpectralBlend
from tests.endpoints.bundled.exported import sdr

RATE = 48000


def white(seed: int, samples: int = RATE) -> torch.Tensor:
    return torch.randn(1, samples, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("samples", [1, 479, 480, 481, 30_000])
def test_what_both_say_is_said(samples: int) -> None:
    x = white(1, samples)
    torch.testing.assert_close(SpectralBlend()(x, x), x, atol=1e-5, rtol=0.0)


def test_noise_that_only_the_other_has_is_left_out() -> None:
    nothing = torch.zeros(1, RATE)
    assert float(SpectralBlend()(nothing, white(1)).abs().max()) < 1e-6
    left = SpectralBlend()(0.01 * white(1), white(2))
    assert float(left.square().mean().sqrt()) < 0.02


def test_where_both_hear_a_voice_errors_that_differ_are_smaller_than_either_s() -> None:
    voice = white(1)
    one, other = voice + 0.1 * white(2), voice + 0.1 * white(3)
    assert sdr(voice, SpectralBlend()(one, other)) > max(sdr(voice, one), sdr(voice, other)) + 1.5


def test_in_soft_noise_the_louder_of_both_is_taken_at_each_pitch() -> None:
    time = torch.arange(RATE) / RATE
    low, high = (torch.sin(2 * torch.pi * hertz * time)[None] for hertz in (500.0, 5000.0))
    blend = SpectralBlend()
    soft = blend(low + 0.1 * high, 0.2 * low + high, 0.0)
    assert sdr(low + high, soft) > 50
    assert (
        sdr(0.5 * (soft + blend(low + 0.1 * high, 0.2 * low + high)), blend(low + 0.1 * high, 0.2 * low + high, 0.5))
        > 80
    )


def test_what_both_leave_out_in_soft_noise_is_left_out() -> None:
    left = SpectralBlend()(0.01 * white(1), 0.02 * white(2), 0.0)
    assert float(left.square().mean().sqrt()) < 0.025


@pytest.mark.parametrize("noisy", [1.0, 0.4, 0.0])
def test_in_pieces_and_scripted_it_is_the_same(noisy: float) -> None:
    one, other = white(1), white(2)
    blend = SpectralBlend()
    whole = blend(one, other, noisy)
    torch.testing.assert_close(script(blend.eval())(one, other, noisy), whole)
    blend.at_once = 7
    torch.testing.assert_close(blend(one, other, noisy), whole)
