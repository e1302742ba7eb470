"""Where a training stands, in one file that is whole or not there."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch

from app.whole_file import write_whole


class CheckpointError(ValueError):
    """A checkpoint that cannot be gone on from; one sentence says why."""


def save(path: Path, state: dict[str, Any]) -> None:
    """Write numbers, texts, lists, dictionaries and tensors."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_whole(path, buffer.getvalue())


def load(path: Path, training: str) -> dict[str, Any] | None:
    """Return what `save` wrote, or None where there is nothing.

    Args:
        path: the file.
        training: what identifies the training; ``state["training"]`` has to be it.

    Raises:
        CheckpointError: it is damaged, or of another training.
    """
    if not path.exists():
        return None
    try:
        state = torch.load(path, weights_only=True)
    except Exception as error:
        raise CheckpointError(f"“{path}” is damaged; remove it to begin anew.") from error
    if not isinstance(state, dict) or state.get("training") != training:
        raise CheckpointError(
            f"“{path}” is of a training with another chain, other sounds or settings; remove it first."
        )
    return state
