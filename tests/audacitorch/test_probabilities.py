"""What a labeler says as probabilities, with a gradient; anything else is refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from app.audacitorch.probabilities import probable_classes
from app.errors import ModelRunError

TIMES = torch.zeros(2, 2)


def test_probabilities_stay_and_scores_become_some() -> None:
    probable = torch.tensor([[0.0, 1.0], [0.25, 1.0005]])
    assert torch.equal(probable_classes((probable, TIMES)), probable)
    found = probable_classes([torch.tensor([[3.0, 3.0], [0.0, -50.0]]), TIMES])
    assert found.flatten().tolist() == pytest.approx([0.5, 0.5, 1.0, 0.0], abs=1e-6)
    assert probable_classes((torch.zeros(0, 3), torch.zeros(0, 2))).shape == (0, 3)
    assert probable_classes((torch.ones(1, 2, dtype=torch.float16), TIMES)).dtype == torch.float32


def test_a_gradient_passes() -> None:
    scores = torch.tensor([[2.0, -1.0]], requires_grad=True)
    probable_classes((scores, TIMES))[0, 0].backward()  # type: ignore[no-untyped-call]
    assert scores.grad is not None and bool(scores.grad.all())


@pytest.mark.parametrize(
    "result", [None, torch.zeros(2, 2), (torch.zeros(2), TIMES), (torch.zeros(2, 3).long(), TIMES), ("a", TIMES)]
)
def test_what_is_none_is_refused(result: Any) -> None:
    with pytest.raises(ModelRunError, match=r"no class probabilities; \(n, classes\) is expected"):
        probable_classes(result)
