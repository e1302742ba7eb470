"""What a labeler says, as tensors through which a gradient passes."""

from __future__ import annotations

from typing import Any

import torch

from app.errors import ModelRunError

_SLIP = 1e-3
"""How far beyond 0 and 1 a probability may be for its rounding."""


def probable_classes(result: Any) -> torch.Tensor:
    """Return the probabilities ``(n, classes)`` of a labeler's result; of scores outside of 0 to 1, by a softmax.

    Raises:
        ModelRunError: it is no pair of such probabilities and times.
    """
    classes = result[0] if isinstance(result, (tuple, list)) and len(result) == 2 else None
    if not isinstance(classes, torch.Tensor) or classes.ndim != 2 or not classes.is_floating_point():
        raise ModelRunError("The model returned no class probabilities; (n, classes) is expected.")
    inside = not classes.numel() or bool(((classes >= -_SLIP) & (classes <= 1 + _SLIP)).all())
    return classes.float() if inside else classes.float().softmax(1)
