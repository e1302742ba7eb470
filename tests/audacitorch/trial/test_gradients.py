"""Which labelers sound can be steered by."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from app.audacitorch.profile import read_profile
from app.audacitorch.trial.gradients import passes_gradients
from tests.endpoints.tagbox.tone_labeler import save_labeler


@pytest.mark.parametrize(
    ("kind", "passes"), [("probabilities", True), ("scores", True), ("cut", False), ("classes", False)]
)
def test_the_trial_finds_out_whether_a_gradient_comes_back(tmp_path: Path, kind: str, passes: bool) -> None:
    profile = read_profile(save_labeler(tmp_path, kind) / "profile.json", tmp_path)
    assert profile is not None and profile.gradients is passes


def test_what_raises_or_gives_no_number_passes_none() -> None:
    def raises(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        raise RuntimeError("no")

    times = torch.zeros(1, 2)
    assert not passes_gradients(raises, 1, 100)
    assert not passes_gradients(lambda x: ((0 * x[:, :3]).sqrt(), times), 1, 100), "infinite at 0"
    assert not passes_gradients(lambda x: (0 * x[:, :3], times), 1, 100), "nothing comes back"
    assert passes_gradients(lambda x: (x[:, :3].sigmoid(), times), 2, 100)
