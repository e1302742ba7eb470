from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.deepafx.loss import aligned, losses, magnitudes, shift_of
from tests.endpoints.deepafx.toys import music

SOUND = torch.from_numpy(np.stack([music(1, 1)[:8192], music(2, 1)[:8192]]))[:, None]


def late(by: int) -> torch.Tensor:
    return torch.nn.functional.pad(SOUND, (by, 0))[..., :8192]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_delay_and_a_turned_polarity_are_found(sign: float) -> None:
    assert shift_of(sign * late(37), SOUND).tolist() == [37, 37]
    ours, theirs = aligned(sign * late(37), SOUND)
    assert torch.equal(ours, sign * theirs)
    assert losses(sign * late(37), SOUND).max() < 1e-9


def test_what_is_early_or_too_late_stays() -> None:
    assert shift_of(SOUND, late(37)).tolist() == [-37, -37]
    for sound, target in ((SOUND, late(37)), (late(150), SOUND)):
        ours, theirs = aligned(sound, target)
        assert torch.equal(ours, sound) and torch.equal(theirs, target)
    assert losses(late(150), SOUND, most=300).max() < 1e-9 < losses(late(150), SOUND).min()


def test_the_parts_are_what_they_say() -> None:
    half = losses(0.5 * SOUND, SOUND)
    spectra = magnitudes(SOUND).double()
    expected = (
        0.25 * (spectra**2).mean((1, 2, 3))
        + ((torch.log(spectra + 1e-5) - torch.log(spectra / 2 + 1e-5)) ** 2).mean((1, 2, 3))
        + 10 * 0.5 * SOUND.abs().mean((1, 2))
    )
    assert torch.allclose(half.double(), expected, rtol=1e-3)


def test_without_waves_a_turned_phase_counts_little_and_a_level_as_much() -> None:
    hertz = torch.fft.rfftfreq(8192, 1 / 22050)
    # As a crossover of the fourth order at 1 kHz leaves it: half a turn more above than below.
    turn = torch.exp(-2j * torch.atan2(1.414 * hertz / 1000, 1 - (hertz / 1000) ** 2))
    turned = torch.fft.irfft(torch.fft.rfft(SOUND) * turn, 8192)
    alike, louder = losses(turned, SOUND, waves=False), losses(1.5 * SOUND, SOUND, waves=False)
    assert alike.max() < 0.3 * louder.min()
    wave = torch.minimum((turned - SOUND).abs().mean((1, 2)), (turned + SOUND).abs().mean((1, 2)))
    both, spectra = losses(turned, SOUND, most=1), losses(turned, SOUND, most=1, waves=False)
    assert (both - spectra - 10 * wave).abs().max() < 1e-4
    assert wave.min() > 0.01


def test_silence_has_a_gradient() -> None:
    sound = torch.zeros(1, 2, 4000, requires_grad=True)
    losses(sound, torch.ones(1, 2, 4000)).sum().backward()
    assert sound.grad is not None and torch.isfinite(sound.grad).all()
