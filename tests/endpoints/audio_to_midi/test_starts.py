"""Where notes start: peaks, and lower ones of a key that is struck again."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from endpoints.audio_to_midi.starts import REACH, starts

FRAMES, KEY, AGAIN = 100, 40, 50
Posterior = NDArray[np.float32]


def bump(height: float, at: int = AGAIN, floor: float = 0.05) -> Posterior:
    return np.maximum(floor, height - 0.12 * np.abs(np.arange(FRAMES) - at)).astype(np.float32)


def grown(before: float, after: float) -> Posterior:
    """A note that sounds all the time, surer from the second start on."""
    return np.interp(np.arange(FRAMES), (AGAIN - 2, AGAIN + 6), (before, after)).astype(np.float32)


def found(onsets: Posterior, notes: Posterior) -> list[int]:
    both = np.zeros((2, FRAMES, 88), np.float32)
    both[0, :, KEY], both[1, :, KEY] = onsets, notes
    found = starts(both[0], both[1], 0.6, 0.35)
    assert not np.delete(found, KEY, 1).any()
    return np.flatnonzero(found[:, KEY]).tolist()


@pytest.mark.parametrize("held", [0.0, 0.5])
def test_a_sure_peak_is_a_start_whatever_sounds(held: float) -> None:
    assert found(bump(0.7), grown(held, held)) == [AGAIN]


def test_a_lower_peak_is_one_where_a_key_that_sounds_is_struck_again() -> None:
    assert found(bump(0.5), grown(0.5, 0.6)) == [AGAIN]
    assert found(bump(0.5), grown(0.0, 0.6)) == [], "it is not struck again: it did not sound"
    assert found(bump(0.5), grown(0.5, 0.5)) == [], "nothing becomes surer: a vibrato, or another key"
    assert found(bump(0.5, floor=0.3), grown(0.5, 0.6)) == [], "it hardly stands out"
    assert found(bump(0.4), grown(0.5, 0.6)) == [], "it is lower than what is asked for at least"


def test_a_key_is_not_struck_again_right_beside_a_sure_start() -> None:
    for away in (-6, 6):
        onsets = np.maximum(bump(0.5), bump(0.9, AGAIN + away))
        assert found(onsets, grown(0.5, 0.6)) == [AGAIN + away]
    onsets = np.maximum(bump(0.5), bump(0.9, AGAIN - REACH - 1))
    assert found(onsets, grown(0.5, 0.6)) == [AGAIN - REACH - 1, AGAIN]


@pytest.mark.parametrize(
    ("own", "before", "after", "other", "expected"),
    [
        (0.7, 0.6, 0.65, 0.97, False),
        (0.5, 0.6, 0.7, 0.97, False),
        (0.7, 0.6, 0.65, 0.8, True),  # the other is no surer
        (0.7, 0.2, 0.25, 0.97, True),  # it did not sound
        (0.7, 0.6, 0.85, 0.97, True),  # it was struck too
        (0.85, 0.6, 0.65, 0.97, True),  # as sure as a start of one's own
    ],
)
def test_a_key_that_rings_on_is_not_struck_by_another(
    own: float, before: float, after: float, other: float, expected: bool
) -> None:
    onsets, notes = np.full((2, FRAMES, 88), 0.05, np.float32)
    onsets[:, KEY], notes[:, KEY] = bump(own), grown(before, after)
    onsets[:, KEY + 3], notes[AGAIN:, KEY + 3] = bump(other, AGAIN - 1), 0.9
    found = starts(onsets, notes, 0.6, 0.35)
    assert found[:, KEY].nonzero()[0].tolist() == [AGAIN] * expected
    assert found[:, KEY + 3].nonzero()[0].tolist() == [AGAIN - 1]


def test_what_is_far_from_both_ends_depends_on_neither() -> None:
    random = np.random.default_rng(6)
    onsets, notes = random.random((2, 400, 88), np.float32)
    whole = starts(onsets, notes, 0.9, 0.2)
    part = starts(onsets[100:300], notes[100:300], 0.9, 0.2)
    assert whole.any()
    np.testing.assert_array_equal(part[REACH + 1 : -REACH - 1], whole[100 + REACH + 1 : 300 - REACH - 1])
