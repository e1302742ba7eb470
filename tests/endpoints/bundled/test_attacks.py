from __future__ import annotations

import torch

from endpoints.bundled.attacks import levels, nearest_attack, steepness


def test_level_is_the_rms() -> None:
    level = levels(torch.full((1000,), 0.5), 100, 10)
    assert level.shape == (101,)
    torch.testing.assert_close(level[10:90], torch.full((80,), 0.5))


def test_steepness_is_zero_where_the_level_falls() -> None:
    assert steepness(torch.tensor([1.0, 1.0, 3.0, 3.0, 0.0])).tolist() == [1.0, 2.0, 2.0, 0.0, 0.0]


def test_frames_move_to_the_attack_within_reach() -> None:
    level = torch.cat([torch.full((20,), 0.1), torch.full((20,), 0.8)])
    frames = torch.tensor([5, 18, 22, 24, 30])
    assert nearest_attack(frames, level, 3, 3).tolist() == [5, 19, 19, 24, 30]


def test_small_ripples_and_silence_move_nothing() -> None:
    frames = torch.tensor([6, 9])
    ripple = 0.5 + 0.02 * torch.sin(torch.arange(20.0))
    assert nearest_attack(frames, ripple, 3, 3).tolist() == [6, 9]
    assert nearest_attack(frames, torch.zeros(20), 3, 3).tolist() == [6, 9]
    assert nearest_attack(frames[:0], ripple, 3, 3).shape == (0,)
