"""Filters of the second order one after the other: their designs, and sound through them.

Designs by R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients" (W3C note, 2021), by the
bilinear transform: exact at the frequency that is named, narrower than an analogue filter close to half the rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from endpoints.effects.torch_set.biquad_recursion import BiquadState, biquad, filtered
from endpoints.effects.torch_set.effect import State
from endpoints.effects.torch_set.frames import Doubles
from endpoints.effects.torch_set.spread import Spread

HIGHEST = 0.45
"""Of the rate: frequencies above are brought down to it."""


@dataclass(frozen=True)
class Sections:
    """Biquads in a row, a0 = 1.

    Attributes:
        zeros: b0, b1, b2, ``(sections, items, 3)``.
        poles: a1, a2, ``(sections, items, 2)``.
    """

    zeros: Tensor
    poles: Tensor

    def response(self, frequencies: Tensor, rate: float) -> Tensor:
        """Return the gain of each section as a complex number, ``(sections, items, frequencies)``; Hz."""
        turn = torch.exp(-2j * math.pi * frequencies.double() / rate)
        b0, b1, b2 = self.zeros[..., None].unbind(-2)
        a1, a2 = self.poles[..., None].unbind(-2)
        # No product of matrices, whose last bits depend on how many there are.
        return (b0 + b1 * turn + b2 * (turn * turn)) / (1 + a1 * turn + a2 * (turn * turn))


def in_a_row(*sections: Sections) -> Sections:
    """Return all of them, one after the other."""
    return Sections(torch.cat([s.zeros for s in sections]), torch.cat([s.poles for s in sections]))


def _made(b: tuple[Tensor, Tensor, Tensor], a: tuple[Tensor, Tensor, Tensor]) -> Sections:
    zeros = torch.stack([x / a[0] for x in b], dim=-1)
    poles = torch.stack([x / a[0] for x in a[1:]], dim=-1)
    single = zeros.ndim == 2
    return Sections(zeros[None], poles[None]) if single else Sections(zeros, poles)


def _angle(frequency: Tensor, rate: float) -> tuple[Tensor, Tensor]:
    angle = 2 * math.pi * frequency.clamp(max=HIGHEST * rate) / rate
    return torch.cos(angle), torch.sin(angle)


def peak(frequency: Tensor, gain: Tensor, quality: Tensor, rate: float) -> Sections:
    """Return a bell: ``gain`` dB at ``frequency`` Hz, half of the decibels at its edges, frequency / quality apart.

    Each argument is ``(items,)``, or ``(sections, items)``.
    """
    cosine, sine = _angle(frequency, rate)
    root, alpha = torch.exp(gain * (math.log(10) / 40)), sine / (2 * quality)
    return _made(
        (1 + alpha * root, -2 * cosine, 1 - alpha * root),
        (1 + alpha / root, -2 * cosine, 1 - alpha / root),
    )


def shelf(frequency: Tensor, gain: Tensor, rate: float, *, high: bool) -> Sections:
    """Return a shelf as steep as it can be without a bump (S = 1): half of ``gain`` dB at ``frequency`` Hz."""
    cosine, sine = _angle(frequency, rate)
    cosine = -cosine if high else cosine
    root = torch.exp(gain * (math.log(10) / 40))
    slope = torch.sqrt(root) * sine * math.sqrt(2)
    sign = -1 if high else 1
    return _made(
        (
            root * ((root + 1) - (root - 1) * cosine + slope),
            sign * 2 * root * ((root - 1) - (root + 1) * cosine),
            root * ((root + 1) - (root - 1) * cosine - slope),
        ),
        (
            (root + 1) + (root - 1) * cosine + slope,
            sign * -2 * ((root - 1) + (root + 1) * cosine),
            (root + 1) + (root - 1) * cosine - slope,
        ),
    )


def low_pass(frequency: Tensor, rate: float) -> Sections:
    """Return a low-pass filter of the second order with both poles in one place, -6 dB at ``frequency`` Hz."""
    cosine, sine = _angle(frequency, rate)
    middle = 1 - cosine
    return _made((middle / 2, middle, middle / 2), (1 + sine, -2 * cosine, 1 - sine))


@dataclass(frozen=True)
class Cascade:
    """Sections spread to each channel: filters that sound can go through.

    Attributes:
        sections: the filters.
        channels: of each sound.
        spread: where each filter is in force.
    """

    sections: Sections
    channels: int
    spread: Spread

    def run(self, sound: Tensor, state: State, name: str) -> Tensor:
        """Return ``sound (items, channels, samples)`` filtered; what it remembers stands in ``state[name]``.

        Where gradients are asked for, the sound starts from rest.
        """
        rows = sound.reshape(-1, sound.shape[-1])
        if torch.is_grad_enabled():
            for zeros, poles in zip(self.sections.zeros, self.sections.poles):
                each = (numbers.repeat_interleave(self.channels, 0).contiguous() for numbers in (zeros, poles))
                rows = biquad(rows, *each)
            return rows.view(sound.shape)
        states = state.setdefault(name, [BiquadState(len(rows)) for _ in self._filters])
        block = rows.numpy()
        for (zeros, poles), remembered in zip(self._filters, states):
            block = filtered(block, zeros, poles, remembered, self.spread.lengths)
        return torch.from_numpy(block).view(sound.shape)

    @cached_property
    def _filters(self) -> list[tuple[Doubles, Doubles]]:
        pairs = zip(self.sections.zeros, self.sections.poles)
        return [
            (self.spread.rows(zeros, self.channels), self.spread.rows(poles, self.channels)) for zeros, poles in pairs
        ]
