"""Where a sound's level rises most steeply: what a long window hears too early or too late is put there."""

from __future__ import annotations

import torch

from endpoints.bundled.frames import centred_frames


def levels(x: torch.Tensor, size: int, hop: int) -> torch.Tensor:
    """RMS of the mono signal `x` around each multiple of `hop`: shape `(1 + samples // hop,)`."""
    return centred_frames(x, size, hop).pow(2).mean(1).sqrt()


def steepness(level: torch.Tensor) -> torch.Tensor:
    """How much the level rises from the frame before to the frame after; 0 where it falls: shape `(frames,)`."""
    near = torch.nn.functional.pad(level, (1, 1))
    return (near[2:] - near[:-2]).clamp_min(0.0)


def nearest_attack(frames: torch.Tensor, level: torch.Tensor, back: int, ahead: int) -> torch.Tensor:
    """Move frames to the steepest rise nearby, if the level rises by a fifth or more there.

    Args:
        frames: shape `(n,)`, int64.
        level: as :func:`levels` gives it, shape `(frames,)`.
        back: how many frames earlier the rise may be.
        ahead: how many frames later it may be.

    Returns:
        Shape `(n,)`.
    """
    if frames.shape[0] == 0:
        return frames
    steep = steepness(level)
    nearby = (frames.unsqueeze(1) + torch.arange(-back, ahead + 1, device=frames.device)).clamp(0, level.shape[0] - 1)
    most, place = steep[nearby].max(dim=1)
    found = nearby.gather(1, place.unsqueeze(1)).squeeze(1)
    before = level[(found - 1).clamp_min(0)]
    return torch.where((most > 0.2 * before) & (most > 1e-4), found, frames)
