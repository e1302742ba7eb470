"""Whether a labeler can be listened to while a sound changes: a gradient of what it says must reach the sound."""

from __future__ import annotations

import torch

from app.audacitorch.inference.forward import Model
from app.audacitorch.probabilities import probable_classes


def passes_gradients(model: Model, channels: int, samples: int) -> bool:
    """Whether one pass back through a labeler, on noise, gives a gradient that is a number everywhere and not all 0.

    Args:
        model: the module as it was loaded, with its further arguments set.
        channels: that it takes at once.
        samples: of each.
    """
    noise = 0.1 * torch.randn(channels, samples, generator=torch.Generator().manual_seed(0))
    try:
        sound = noise.requires_grad_()
        probable_classes(model(sound)).square().sum().backward()  # type: ignore[no-untyped-call]
    except Exception:
        return False  # whatever a stranger's model raises: it cannot be used so
    return sound.grad is not None and bool(torch.isfinite(sound.grad).all()) and bool(sound.grad.any())
