from __future__ import annotations

import torch

from endpoints.bundled.segments import led_by, run_means, runs


def test_runs_of_equal_states() -> None:
    first, end, state = runs(torch.tensor([5, 5, 2, 5, 5, 5]))
    assert (first.tolist(), end.tolist(), state.tolist()) == ([0, 2, 3], [2, 3, 6], [5, 2, 5])


def test_no_frames_no_runs() -> None:
    assert [part.shape for part in runs(torch.zeros(0, dtype=torch.long))] == [(0,)] * 3


def test_means_over_runs() -> None:
    values = torch.tensor([[1.0, 0.0], [3.0, 0.0], [5.0, 8.0]])
    first, end = torch.tensor([0, 2]), torch.tensor([2, 3])
    assert run_means(values, first, end).tolist() == [[2.0, 0.0], [5.0, 8.0]]
    assert run_means(values[:, 0], first, end).tolist() == [2.0, 5.0]


def test_the_decided_class_leads_its_row() -> None:
    probabilities = torch.tensor([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]])
    led = led_by(probabilities, torch.tensor([0, 2]))
    torch.testing.assert_close(led, torch.tensor([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]]))
    assert led_by(probabilities[:0], torch.zeros(0, dtype=torch.long)).shape == (0, 3)
