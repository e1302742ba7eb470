from __future__ import annotations

import pytest
import torch

from endpoints.bundled.key_chords import SHARES, KeyChords, log_shares
from endpoints.bundled.key_fit import KEYS
from endpoints.bundled.note_strengths import LOWEST, NOTES

LOOP = [(4, 3), (0, 4), (7, 4), (2, 4)]
"""Em C G D: roots above C, and thirds."""


def held(chords: list[tuple[int, int]], frames: int = 40) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Strengths of chords with their root in the bass, two seconds each; in which second each frame lies; how many."""
    strengths = torch.zeros(frames * len(chords), NOTES)
    for place, (root, third) in enumerate(chords):
        for note in (36 + root, 60 + root, 60 + root + third, 67 + root):
            strengths[place * frames : (place + 1) * frames, note - LOWEST] = 1.0
    return strengths, torch.arange(len(strengths)) // (frames // 2), 2 * len(chords)


def test_shares_are_of_the_whole_time_and_most_is_the_tonic_s() -> None:
    for mode, shares in enumerate(SHARES):
        assert sum(shares) == pytest.approx(100.0, abs=1.0)
        assert shares.index(max(shares)) == 12 * mode


def test_each_key_has_the_shares_of_its_mode_from_its_tonic_up() -> None:
    shares = log_shares(torch.tensor(SHARES)).exp()
    for key in range(24):
        for chord in range(24):
            wanted = SHARES[key // 12][12 * (chord // 12) + (chord - key) % 12]
            assert shares[key, chord].item() == pytest.approx(wanted + 0.1, rel=1e-4)


@pytest.mark.parametrize("up", [0, 5, 11])
def test_of_two_relative_keys_the_opening_is_for_the_one_whose_chord_it_is(up: int) -> None:
    minor, major = 12 + (4 + up) % 12, (7 + up) % 12
    for start, key, other in ((0, minor, major), (2, major, minor)):
        chords = [((root + up) % 12, third) for root, third in LOOP[start:] + LOOP[:start]]
        _, seconds = KeyChords()(*held(chords * 4))
        assert seconds[0, key] > seconds[0, other] + 1.0, KEYS[key]


def test_where_nothing_sounds_no_key_is_better() -> None:
    for told in KeyChords()(torch.zeros(60, NOTES), torch.arange(60) // 20, 3):
        torch.testing.assert_close(told, torch.zeros(3, 24))
