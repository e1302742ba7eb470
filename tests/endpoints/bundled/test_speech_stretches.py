from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from endpoints.bundled.speech_stretches import speech_stretches, with_margins


def by_pattern(values: np.ndarray, threshold: float, speech: float, pause: float) -> list[list[int]]:
    """The rule as a pattern over frames that are sure, quiet, or neither: from a sure one up to a pause, or the end."""
    quiet = values < max(threshold - 0.15, 0.01)
    frames = "".join(np.where(values >= threshold, "s", np.where(quiet, "q", "-")))
    least = int(np.ceil(pause))
    paused = f"q[q-]{{{least - 1},}}q" if least else "q"
    found = [match.span() for match in re.finditer(f"s.*?(?={paused})|s.*", frames)]
    return [[start, end] for start, end in found if end - start > speech]


@pytest.mark.parametrize("seed", range(20))
def test_random_probabilities_give_what_the_rule_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    slow = np.convolve(rng.standard_normal(300), np.ones(6) / 6, "same")
    values = np.round(1 / (1 + np.exp(-4 * slow)), 2).astype(np.float32)
    for threshold, speech, pause in ((0.5, 7.8, 3.1), (0.5, 0, 0), (0.1, 3, 2), (0.9, 0, 12)):
        found = speech_stretches(torch.from_numpy(values), threshold, float(speech), float(pause))
        assert found.tolist() == by_pattern(values.astype(np.float64), threshold, speech, pause)


def test_a_stretch_begins_at_the_threshold_and_ends_below_the_lower_one() -> None:
    values = torch.tensor([0.45, 0.5, 0.4, 0.36, 0.3, 0.3, 0.3, 0.49, 0.9])
    assert speech_stretches(values, 0.5, 0.0, 2.0).tolist() == [[1, 4], [8, 9]]
    assert speech_stretches(values, 0.5, 1.0, 2.0).tolist() == [[1, 4]]
    assert speech_stretches(values, 0.5, 0.0, 4.0).tolist() == [[1, 9]]


def test_there_may_be_none() -> None:
    assert speech_stretches(torch.zeros(0), 0.5, 0.0, 0.0).shape == (0, 2)
    assert with_margins(torch.zeros(0, 2, dtype=torch.long), 3.0, 10.0).shape == (0, 2)


def test_margins_stay_within_the_sound_and_meet_in_the_middle() -> None:
    found = with_margins(torch.tensor([[2, 5], [9, 20], [30, 40]]), 3.0, 41.0)
    assert found.tolist() == [[0, 7], [7, 23], [27, 41]]
