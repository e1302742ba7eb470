"""A filter of the second order over sound that comes in any blocks, with exact gradients.

`frames` computes the recursion. The gradients are the recursion backwards in time, no approximation by sampled
frequencies: with λ[n] = g[n] - a1 λ[n+1] - a2 λ[n+2], dL/dv = λ and dL/da_k = -Σ λ[n] y[n-k], the adjoint of a linear
recursion. (B. Kuznetsov, J. Parker, F. Esqueda: "Differentiable IIR filters for machine learning applications", DAFx
2020, train through the same recursion, step by step.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from endpoints.effects.torch_set.frames import FRAME, Doubles, Places, ringing, rung


class BiquadState:
    """What a row of biquads remembers between two blocks: ``rows`` sounds, each through a filter of its own."""

    def __init__(self, rows: int) -> None:
        self.heard: Doubles = np.zeros((rows, 2))
        """The last two samples that came in, the later one last; ``said`` the same of what came out."""
        self.said: Doubles = np.zeros((rows, 2))
        self.frame_start: Doubles = np.zeros((rows, 2))
        """The last two samples out before the frame that is not full yet, and what drives that frame."""
        self.pending: Doubles = np.zeros((rows, 0))
        self.poles: Doubles = np.zeros((rows, 2))
        self._rings: Doubles = np.zeros((2, FRAME, rows, 1))

    def turn(self, poles: Doubles) -> Doubles:
        """Begin a frame here where the filters are other ones than before; return how the coming ones ring.

        Args:
            poles: of the stretches to come, ``(rows, stretches, 2)``.
        """
        same = np.array_equal(self.poles, poles[:, 0])
        if not same:
            self.frame_start, self.pending = self.said, self.pending[:, :0]
        rings = self._rings if same and poles.shape[1] == 1 else ringing(poles)
        self.poles, self._rings = poles[:, -1], rings[..., -1:]
        return rings


def filtered(
    sound: Doubles, zeros: Doubles, poles: Doubles, state: BiquadState, lengths: Sequence[int] = ()
) -> Doubles:
    """Return the next block filtered.

    Args:
        sound: ``(rows, samples)``.
        zeros: b0, b1, b2 of each row and stretch, ``(rows, stretches, 3)``.
        poles: a1, a2 of each, ``(rows, stretches, 2)``, where a0 is 1.
        state: of the blocks before; it is brought on to after this one.
        lengths: samples of each stretch; none: there is one.
    """
    if not sound.shape[1]:
        return sound
    spans = np.array(lengths or [sound.shape[1]])
    longer = np.concatenate([state.heard, sound], axis=1)
    b0, b1, b2 = (zeros if len(spans) == 1 else np.repeat(zeros, spans, axis=1)).transpose(2, 0, 1)
    driving = b0 * longer[:, 2:] + b1 * longer[:, 1:-1] + b2 * longer[:, :-2]
    state.heard = _last_two(state.heard, sound)
    poles, spans = _joined(poles, spans)
    rings = state.turn(poles)
    begun = state.pending.shape[1]
    spans[0] += begun
    frames = np.concatenate([state.pending, driving], axis=1)
    made = rung(frames, poles, rings, spans, state.frame_start)
    begins = frames.shape[1] - int(spans[-1]) % FRAME
    state.frame_start = _last_two(state.frame_start, made[:, :begins])
    state.pending = frames[:, begins:]
    state.said = _last_two(state.said, made[:, begun:])
    return made[:, begun:]


def _last_two(before: Doubles, then: Doubles) -> Doubles:
    return np.concatenate([before, then[:, -2:]], axis=1)[:, -2:]


def _joined(poles: Doubles, spans: Places) -> tuple[Doubles, Places]:
    """Return stretches of equal poles as one."""
    if len(spans) == 1:
        return poles, spans
    other = np.concatenate([[True], (poles[:, 1:] != poles[:, :-1]).any(axis=(0, 2))])
    return poles[:, other], np.add.reduceat(spans, np.flatnonzero(other))


class _Biquad(torch.autograd.Function):
    """From rest, over a whole stretch."""

    @staticmethod
    def forward(ctx: Any, sound: torch.Tensor, zeros: torch.Tensor, poles: torch.Tensor) -> torch.Tensor:
        state = BiquadState(len(sound))
        out = torch.from_numpy(filtered(sound.numpy(), zeros.numpy()[:, None], poles.numpy()[:, None], state))
        ctx.save_for_backward(sound, zeros, poles, out)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        sound, zeros, poles, out = ctx.saved_tensors
        backwards = np.ascontiguousarray(gradients[0].numpy()[:, ::-1])
        samples, rest, turned = backwards.shape[1], np.zeros((len(backwards), 2)), poles.numpy()[:, None]
        made = rung(backwards, turned, ringing(turned), np.array([samples]), rest)
        back = torch.from_numpy(made[:, ::-1].copy())
        later = torch.nn.functional.pad(back, (0, 2))
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
