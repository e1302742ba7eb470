"""How near two sounds are, as the paper measures it, and plainly."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from endpoints.deepafx.encoder import log_mel
from endpoints.deepafx.loss import losses

_COEFFICIENTS = 25


@dataclass(frozen=True)
class Distance:
    """All are 0 for equal sounds.

    Attributes:
        mfcc: mean cosine distance of the frames' MFCCs, 0 to 2.
        wave: mean of |y - ŷ|.
        in_phase: the same beside a target whose phase was turned in the same way; as ``wave`` where none was.
        loss: what training makes small, over stretches of 4,096 samples.
    """

    mfcc: float
    wave: float
    in_phase: float
    loss: float


def distance(
    sound: NDArray[np.float32], target: NDArray[np.float32], turned: NDArray[np.float32] | None = None
) -> Distance:
    """Return how far a sound is from another.

    Args:
        sound: ``(samples,)`` at 22,050 Hz, at least 4,096 of them.
        target: as long.
        turned: the target, its phase turned as the sound's was; none: as it is.
    """
    ours, theirs = torch.from_numpy(sound), torch.from_numpy(target)
    heard, wanted = _mfcc(ours[None]), _mfcc(theirs[None])
    stretches = len(sound) // 4096
    each = losses(ours[: stretches * 4096].view(stretches, 1, -1), theirs[: stretches * 4096].view(stretches, 1, -1))
    return Distance(
        (1 - torch.nn.functional.cosine_similarity(heard, wanted, dim=-1)).mean().item(),
        (ours - theirs).abs().mean().item(),
        float(np.abs(sound - (target if turned is None else turned)).mean()),
        each.mean().item(),
    )


def _mfcc(sound: Tensor) -> Tensor:
    """Return the cosine transform (II) of each log-mel frame, the first ones, the level among them."""
    mels = log_mel(sound)[0]
    places = torch.arange(mels.shape[-1]) + 0.5
    waves = torch.cos(math.pi / mels.shape[-1] * places[:, None] * torch.arange(_COEFFICIENTS))
    return mels @ waves
