"""A filter of the second order over sound that comes in any blocks, with exact gradients.

In frames of 32 samples from where it started: within a frame the recursion starts at rest, all frames side by side, and
what rang on from before is added after it. Each sample is computed by the same additions, whatever block it came in, so
the result is the same to the bit. The gradients are the recursion backwards in time, no approximation by sampled
frequencies: with λ[n] = g[n] - a1 λ[n+1] - a2 λ[n+2], dL/dv = λ and dL/da_k = -Σ λ[n] y[n-k], the adjoint of a linear
recursion. (B. Kuznetsov, J. Parker, F. Esqueda: "Differentiable IIR filters for machine learning applications", DAFx
2020, train through the same recursion, step by step.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_FRAME = 32

_FEW = 1500
"""Samples of all rows; up to here numbers one by one are quicker than numpy."""


class BiquadState:
    """What a row of biquads remembers between two blocks: ``rows`` sounds, each through a filter of its own."""

    def __init__(self, rows: int) -> None:
        self.heard: Doubles = np.zeros((rows, 2))
        """The last two samples that came in, the later one last; ``said`` the same of what came out."""
        self.said: Doubles = np.zeros((rows, 2))
        self.frame_start: Doubles = np.zeros((rows, 2))
        """The last two samples out before the frame that is not full yet, and what drives that frame."""
        self.pending: Doubles = np.zeros((rows, 0))
        self.poles: Doubles | None = None
        self.ringing: Doubles = np.zeros((rows, _FRAME, 2))

    def turn(self, poles: Doubles) -> None:
        """Begin a frame here where the filters are other ones than before; ``poles`` are told apart by identity."""
        if self.poles is not poles:
            self.poles, self.frame_start, self.pending = poles, self.said, self.pending[:, :0]
            self.ringing = _ringing(poles)


def filtered(sound: Doubles, zeros: Doubles, poles: Doubles, state: BiquadState) -> Doubles:
    """Return the next block filtered.

    Args:
        sound: ``(rows, samples)``.
        zeros: b0, b1, b2 of each row, ``(rows, 3)``.
        poles: a1, a2 of each row, ``(rows, 2)``, where a0 is 1.
        state: of the blocks before; it is brought on to after this one.
    """
    if not sound.shape[1]:
        return sound
    state.turn(poles)
    longer = np.concatenate([state.heard, sound], axis=1)
    driving = zeros[:, :1] * longer[:, 2:] + zeros[:, 1:2] * longer[:, 1:-1] + zeros[:, 2:] * longer[:, :-2]
    state.heard = longer[:, -2:]
    begun = state.pending.shape[1]
    frames = np.concatenate([state.pending, driving], axis=1)
    rung = _rung(frames, poles, state.ringing, state.frame_start)
    full = frames.shape[1] // _FRAME * _FRAME
    if full:
        state.frame_start = rung[:, full - 2 : full]
    state.pending = frames[:, full:]
    said = np.concatenate([state.said, rung[:, begun:]], axis=1)
    state.said = said[:, -2:]
    return said[:, 2:]


def _rung(driving: Doubles, poles: Doubles, ringing: Doubles, before: Doubles) -> Doubles:
    """Return y[n] = v[n] - a1 y[n-1] - a2 y[n-2] from the start of a frame, of ``(rows, samples)``."""
    rows, samples = driving.shape
    if rows * samples <= _FEW:
        return np.array(
            [
                _one_by_one(driven.tolist(), pole.tolist(), rings.tolist(), start.tolist())
                for driven, pole, rings, start in zip(driving, poles, ringing, before)
            ]
        )
    count = -(-samples // _FRAME)
    padded = np.zeros((rows, count * _FRAME))
    padded[:, :samples] = driving
    # Time first: each step is one line over all frames of all rows.
    rest = np.ascontiguousarray(padded.reshape(rows, count, _FRAME).transpose(2, 0, 1))
    first, second = poles[:, 0, None], poles[:, 1, None]
    for n in range(1, _FRAME):
        rest[n] -= first * rest[n - 1]
        if n > 1:
            rest[n] -= second * rest[n - 2]
    starts = np.empty((2, rows, count))
    for row in range(rows):
        later, earlier = before[row, 1].item(), before[row, 0].item()
        (e1, e2), (l1, l2) = ringing[row, -2].tolist(), ringing[row, -1].tolist()
        found_later, found_earlier = [], []
        for end, next_to_end in zip(rest[-1, row].tolist(), rest[-2, row].tolist()):
            found_later.append(later)
            found_earlier.append(earlier)
            later, earlier = end + (l1 * later + l2 * earlier), next_to_end + (e1 * later + e2 * earlier)
        starts[0, row], starts[1, row] = found_later, found_earlier
    rest += ringing[:, :, 0].T[:, :, None] * starts[0] + ringing[:, :, 1].T[:, :, None] * starts[1]
    return np.ascontiguousarray(rest.transpose(1, 2, 0).reshape(rows, -1)[:, :samples])


def _ringing(poles: Doubles) -> Doubles:
    """Return how much of the last and the last but one sample sounds in each of the next frame, ``(rows, 32, 2)``."""
    out = np.empty((len(poles), _FRAME, 2))
    # Row by row with plain numbers: a call of numpy for each of so few would take longer.
    for row, (first, second) in enumerate(poles.tolist()):
        later, earlier, before_later, before_earlier = 1.0, 0.0, 0.0, 1.0
        found = []
        for _ in range(_FRAME):
            later, before_later = -first * later - second * before_later, later
            earlier, before_earlier = -first * earlier - second * before_earlier, earlier
            found.append((later, earlier))
        out[row] = found
    return out


def _one_by_one(
    driving: list[float], poles: list[float], ringing: list[list[float]], before: list[float]
) -> list[float]:
    """Do what ``_rung`` does, by the same additions, with plain numbers."""
    (first, second), (earlier, later) = poles, before
    found: list[float] = []
    for start in range(0, len(driving), _FRAME):
        u1 = u2 = 0.0
        for driven, (of_later, of_earlier) in zip(driving[start : start + _FRAME], ringing):
            u1, u2 = (driven - first * u1) - second * u2, u1
            found.append(u1 + (of_later * later + of_earlier * earlier))
        if len(found) >= 2:
            later, earlier = found[-1], found[-2]
    return found


class _Biquad(torch.autograd.Function):
    """From rest, over a whole stretch."""

    @staticmethod
    def forward(ctx: Any, sound: torch.Tensor, zeros: torch.Tensor, poles: torch.Tensor) -> torch.Tensor:
        state = BiquadState(len(sound))
        out = torch.from_numpy(filtered(sound.numpy(), zeros.numpy(), poles.numpy(), state))
        ctx.save_for_backward(sound, zeros, poles, out)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        sound, zeros, poles, out = ctx.saved_tensors
        backwards = np.ascontiguousarray(gradients[0].numpy()[:, ::-1])
        rest = np.zeros((len(backwards), 2))
        turned = poles.numpy()
        back = torch.from_numpy(_rung(backwards, turned, _ringing(turned), rest)[:, ::-1].copy())
        later = torch.nn.functional.pad(back, (0, 2))
        samples = sound.shape[1]
        to_sound = sum(zeros[:, k, None] * later[:, k : k + samples] for k in range(3))
        to_zeros = torch.stack([(back[:, k:] * sound[:, : samples - k]).sum(1) for k in range(3)], dim=1)
        to_poles = torch.stack([-(back[:, k:] * out[:, : samples - k]).sum(1) for k in (1, 2)], dim=1)
        return to_sound, to_zeros, to_poles


def biquad(sound: torch.Tensor, zeros: torch.Tensor, poles: torch.Tensor) -> torch.Tensor:
    """Return sounds filtered from rest, differentiable in all three: ``filtered`` over a whole stretch.

    Args:
        sound: ``(rows, samples)`` of 64 bits.
        zeros: ``(rows, 3)``.
        poles: ``(rows, 2)``.
    """
    out: torch.Tensor = _Biquad.apply(sound, zeros, poles)  # type: ignore[no-untyped-call]
    return out
