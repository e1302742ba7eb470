"""Another rate: what both rates can hold stays as it is, and a gradient comes back."""

from __future__ import annotations

import pytest
import torch

from endpoints.tagbox.latents.resampling import resampled
from tests.endpoints.tagbox.toys import ratio, tones


@pytest.mark.parametrize(("rate", "wanted"), [(44100, 16000), (48000, 44100), (16000, 48000), (8000, 44100)])
def test_tones_stay_what_they_are(rate: int, wanted: int) -> None:
    (low, high), (low_there, high_there) = tones(1.1, rate), tones(1.1, wanted)
    made = resampled(low + high, rate, wanted)
    assert made.shape[0] == -(-low.shape[0] * wanted // rate)
    there = (low_there + high_there)[: made.shape[0]]
    assert ratio(there, made[: there.shape[0]]) > 25


@pytest.mark.parametrize("samples", [1, 2, 999])
def test_there_and_back_is_as_long(samples: int) -> None:
    sound = torch.randn(2, samples, generator=torch.Generator().manual_seed(1))
    assert resampled(sound, 44100, 44100) is sound
    assert resampled(resampled(sound, 11025, 48000), 48000, 11025).shape[-1] in (samples, samples + 1)


def test_the_gradient_is_that_of_finite_differences() -> None:
    draw = torch.Generator().manual_seed(4)
    sound, direction = (torch.randn(400, generator=draw, dtype=torch.float64) for _ in range(2))
    sound.requires_grad_()
    (gradient,) = torch.autograd.grad(resampled(sound, 441, 160).pow(3).sum(), sound)
    step = 1e-5
    above, below = (resampled(sound.detach() + sign * step * direction, 441, 160).pow(3).sum() for sign in (1, -1))
    assert float((gradient * direction).sum()) == pytest.approx(float(above - below) / (2 * step), rel=1e-5)
