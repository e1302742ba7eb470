"""A labeler of the audacitorch format that hears the two tones of the toys, in pieces of half a second."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from app.audacitorch.profile import write_profile
from app.audacitorch.trial.inspection import inspect_model
from tests.audacitorch.models import LABELER, save

RATE = 8000
LABELS = ["Low Tone", "High Tone", "Hiss"]


class ToneLabeler(nn.Module):
    """Says how much of each half second is low, high, or neither.

    Args:
        kind: ``"probabilities"``, ``"scores"`` beyond 0 and 1, ``"cut"`` where no gradient passes, or ``"classes"``.
    """

    def __init__(self, kind: str = "probabilities") -> None:
        super().__init__()
        self.kind = kind

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        half = 4000
        frames = x.shape[1] // half
        pieces = x[0, : frames * half].reshape(frames, half)
        power = torch.fft.rfft(pieces).abs().square()
        places = torch.fft.rfftfreq(half, 1 / 8000.0)
        whole = power.sum(1) + 1e-6
        low = power[:, (places - 300.0).abs() < 60].sum(1) / whole
        high = power[:, (places - 2500.0).abs() < 60].sum(1) / whole
        scores = 12 * (torch.stack([low, high, 1 - low - high], 1) - 0.6)
        starts = torch.arange(frames) * 0.5
        times = torch.stack([starts, starts + 0.5], 1)
        if self.kind == "scores":
            return scores, times
        if self.kind == "cut":
            return scores.sigmoid().detach(), times
        if self.kind == "classes":
            return scores.argmax(1), times
        return scores.sigmoid(), times


def save_labeler(folder: Path, kind: str = "probabilities") -> Path:
    """Write the model's folder, tried."""
    save(ToneLabeler(kind), {**LABELER, "sample_rate": RATE, "labels": LABELS}, folder)
    write_profile(folder / "profile.json", inspect_model(folder), folder)
    return folder
