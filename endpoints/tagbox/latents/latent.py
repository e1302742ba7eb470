"""What describes a window of sound, as the steering sees it."""

from __future__ import annotations

from typing import Protocol

import torch


class Latent(Protocol):
    """A description of a sound that can be changed along a gradient.

    Attributes:
        parameters: what is changed; each wants a gradient.
        step: how far a step of Adam goes at full strength, in the parameters' own unit.
        mixture: the sound that is described, mono at 16 kHz, ``(samples,)``, silent nowhere for its whole length.
        reference: what :meth:`estimate` is compared with: the sound as the description has it at first, at the region's
            rate, ``(channels, samples)`` or ``(1, samples)``.
        free: whether it can stand for what is not in the mixture, and costs much to decode: then it is heard through
            its mask, and each step hears all that there is to hear.
    """

    parameters: list[torch.Tensor]
    step: float
    mixture: torch.Tensor
    reference: torch.Tensor
    free: bool

    def decode(self, draw: torch.Generator | None) -> torch.Tensor:
        """Return what the parameters stand for, mono at 16 kHz, ``(samples,)``; gradients reach the parameters.

        Args:
            draw: where what is random in it comes from while it is steered; ``None``: nothing is.
        """
        ...

    def estimate(self) -> torch.Tensor:
        """Return what the parameters stand for at the region's own rate, shaped as the reference."""
        ...
