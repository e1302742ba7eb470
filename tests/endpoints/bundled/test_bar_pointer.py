"""Against a plain search over beats, one at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from endpoints.bundled.bar_pointer import follow_bars, previous_in_bar

SHORTEST, LONGEST = 4, 9


def gain(before: int, after: int, inertia: float, jump: float) -> float:
    return max(-inertia * abs(after / before - 1.0), -jump)


def worth(frames: list[int], kinds: list[int], on: np.ndarray, between: np.ndarray, **costs: float) -> float:
    """Score of a row of beats, each length within the range; a longer gap is a rest."""
    total, length = -costs["begin"], 0
    for i, (frame, kind) in enumerate(zip(frames, kinds, strict=True)):
        total += on[frame, kind]
        apart = frames[i + 1] - frame if i + 1 < len(frames) else 0
        if SHORTEST <= apart <= LONGEST:
            total += between[frame, apart - SHORTEST]
            total += gain(length, apart, costs["inertia"], costs["jump"]) if length else 0.0
            length = apart
        elif apart:
            total, length = total - costs["begin"], 0
    return total


def best(on: np.ndarray, between: np.ndarray, before: list[int], **costs: float) -> float:
    """Greatest score of any row of beats, with rests of no beat's length; what lies beyond the end counts nothing."""
    count, kinds = on.shape
    lengths = range(SHORTEST, LONGEST + 1)
    scores: dict[tuple[int, int, int], float] = {}
    rest = 0.0
    rests = [0.0] * SHORTEST
    ends = [0.0]
    for t in range(count):
        begun = rests[t]
        for kind in range(kinds):
            from_there = {a: scores.get((t - a, a, before[kind]), -math.inf) for a in lengths}
            rest = max(rest, max(from_there.values()) + on[t, kind])
            for length in lengths:
                kept = max(s + gain(a, length, costs["inertia"], costs["jump"]) for a, s in from_there.items())
                score = max(kept, begun - costs["begin"]) + on[t, kind] + between[t, length - SHORTEST]
                scores[t, length, kind] = score
                if t + length >= count:
                    ends.append(score)
        rests.append(rest)
    return max(rest, *ends)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("level", [0.3, 1.5])
def test_no_other_row_of_beats_is_worth_more(seed: int, level: float) -> None:
    """With a beginning that costs so much that there is only one."""
    rng = np.random.default_rng(seed)
    before = previous_in_bar([3, 2])
    on = 3.0 * rng.standard_normal((50, 5)) + level
    between = rng.standard_normal((50, LONGEST - SHORTEST + 1))
    costs = {"inertia": 8.0, "jump": 3.0, "begin": 40.0}
    frames, kinds = follow_bars(
        torch.tensor(on, dtype=torch.float32), torch.tensor(between, dtype=torch.float32), SHORTEST, before, **costs
    )
    expected = best(on, between, before.tolist(), **costs)
    found = worth(frames.tolist(), kinds.tolist(), on, between, **costs) if len(frames) else 0.0
    # The last beat may reach beyond the end with a length that costs least; the search counts what lies between it.
    if len(frames) and (tail := [g for g in range(SHORTEST, LONGEST + 1) if frames[-1] + g >= 50]):
        length = int(frames[-1] - frames[-2]) if len(frames) > 1 else 0
        length = length if SHORTEST <= length <= LONGEST else 0
        found += max(
            0.0,
            *(
                between[frames[-1], g - SHORTEST] + (gain(length, g, costs["inertia"], costs["jump"]) if length else 0)
                for g in tail
            ),
        )
    assert found == pytest.approx(expected, abs=1e-3)
    for i in range(1, len(frames)):
        if frames[i] - frames[i - 1] <= LONGEST:
            assert kinds[i - 1] == before[kinds[i]]


def test_nothing_that_speaks_for_a_beat_has_none() -> None:
    on, between = torch.full((60, 4), -1.0), torch.zeros(60, 6)
    frames, kinds = follow_bars(on, between, SHORTEST, previous_in_bar([4]), 30.0)
    assert frames.shape == kinds.shape == (0,)


def test_a_new_tempo_is_followed_and_a_pause_kept() -> None:
    times = [*range(10, 130, 20), *range(130, 250, 30), *range(400, 600, 20)]
    on = torch.full((600, 1), -5.0)
    on[times] = 10.0
    frames, _ = follow_bars(on, torch.full((600, 25), -0.1), 15, previous_in_bar([1]), 30.0)
    assert frames.tolist() == times


def test_a_stroke_neither_ends_a_rhythm_nor_begins_the_next_one_beside_itself() -> None:
    """Two rhythms that do not fit together meet: between them lies a beat at least."""
    on = torch.full((240, 1), -3.0)
    on[[*range(10, 130, 20), *range(111, 231, 20)]] = 60.0
    frames, _ = follow_bars(on, torch.full((240, 1), -0.1), 20, previous_in_bar([1]), 30.0)
    assert int(frames.diff().min()) >= 20
