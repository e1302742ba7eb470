from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.bundled.key_fit import KEYS, MAJOR, MINOR, KeyFit, key_profiles
from endpoints.bundled.note_strengths import LOWEST, NOTES

SCALES = {"major": ((0, 2, 4, 5, 7, 9, 11), MAJOR), "minor": ((0, 2, 3, 5, 7, 8, 10), MINOR)}


def test_correlations_are_numpy_s() -> None:
    rng = np.random.default_rng(0)
    strengths = torch.from_numpy(rng.random((40, NOTES)).astype(np.float32))
    fit, _ = KeyFit()(strengths, torch.arange(40) // 20, 2)
    chroma = np.zeros((40, 12))
    for note in range(NOTES):
        chroma[:, note % 12] += strengths[:, note].numpy() ** 0.65
    heard = (chroma / np.linalg.norm(chroma, axis=1, keepdims=True)).sum(0)
    for key, name in enumerate(KEYS):
        profile = np.roll(SCALES[name.split()[1]][1], key % 12)
        assert fit[0, key].item() == pytest.approx(np.corrcoef(heard, profile)[0, 1], abs=1e-3)


@pytest.mark.parametrize("key", range(24))
def test_a_scale_with_its_triad_is_its_key(key: int) -> None:
    steps, _ = SCALES[KEYS[key].split()[1]]
    strengths = torch.zeros(100, NOTES)
    for place, step in enumerate([*steps, steps[0], steps[2], steps[4]]):
        strengths[place * 10 : place * 10 + 10, 48 - LOWEST + key % 12 + step] = 1.0
    fit, tonal = KeyFit()(strengths, torch.arange(100) // 20, 5)
    assert tonal.all()
    assert (fit.argmax(1) == key).all()


def test_no_key_where_all_notes_sound_alike_or_none() -> None:
    for strengths in (torch.ones(100, NOTES), torch.zeros(100, NOTES)):
        _, tonal = KeyFit()(strengths, torch.arange(100) // 20, 5)
        assert not tonal.any()


def test_profiles_have_mean_0_and_length_1() -> None:
    profiles = key_profiles()
    torch.testing.assert_close(profiles.mean(1), torch.zeros(24), atol=1e-6, rtol=0)
    torch.testing.assert_close(profiles.norm(dim=1), torch.ones(24))
