from __future__ import annotations

import pytest
import torch

from endpoints.bundled.frames import centred_frames, full_of_sound, magnitudes, sound_length, without_offset


def test_sound_length_is_up_to_the_last_sample_that_is_not_zero() -> None:
    assert sound_length(torch.tensor([0.0, 0.5, 0.0, -1e-30, 0.0])) == 4
    assert sound_length(torch.zeros(5)) == 0
    assert sound_length(torch.zeros(0)) == 0


@pytest.mark.parametrize("samples", [1, 9, 10, 11, 100])
def test_frames_are_centred_on_multiples_of_the_hop(samples: int) -> None:
    x = torch.arange(1.0, samples + 1)
    frames = centred_frames(x, 8, 10)
    assert frames.shape == (1 + samples // 10, 8)
    for i in range(samples // 10):
        assert frames[i, 4] == x[i * 10]
    assert (frames[0, :4] == 0).all()


def test_a_full_scale_sine_peaks_at_one() -> None:
    x = torch.sin(2 * torch.pi * 50 / 1024 * torch.arange(300_000))
    spectra = magnitudes(x, torch.hann_window(1024), 128)
    assert spectra.shape == (1 + 300_000 // 128, 513)
    middle = spectra[10:-10]
    assert (middle.argmax(dim=1) == 50).all()
    torch.testing.assert_close(middle.max(dim=1)[0], torch.ones(len(middle)), atol=1e-3, rtol=0)


def test_frames_that_reach_into_digital_silence_are_told() -> None:
    x = torch.ones(400)
    x[200:240] = 1e-9
    full = full_of_sound(x, 80, 20, 21)
    assert [i for i in range(21) if not full[i]] == [0, 1, 9, 10, 11, 12, 13, 19, 20]
    assert not full_of_sound(torch.zeros(400), 80, 20, 21).any()


def test_an_offset_is_taken_out_and_digital_silence_stays() -> None:
    x = torch.randn(10_000, generator=torch.Generator().manual_seed(0))
    x[:4000] = 0.0
    x = torch.where(x != 0, x + 0.005 - x.sum() / 6000, x)
    flat = without_offset(x)
    assert abs(float(flat.sum())) < 1e-2
    assert not flat[:4000].any()
    assert torch.allclose(flat[4000:], x[4000:] - 0.005, atol=1e-6)


def test_a_click_in_digital_silence_is_no_offset() -> None:
    x = torch.zeros(1000)
    x[500] = 0.5
    assert torch.equal(without_offset(x), x)
    assert torch.equal(without_offset(torch.zeros(5)), torch.zeros(5))
