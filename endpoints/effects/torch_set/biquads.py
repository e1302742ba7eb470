"""Filters of the second order one after the other: their designs, and sound through them.

Designs by R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients" (W3C note, 2021), by the
bilinear transform: exact at the frequency that is named, narrower than an analogue filter close to half the rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from endpoints.effects.torch_set.biquad_recursion import BiquadState, biquad, filtered
from endpoints.effects.torch_set.effect import State

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
        powers = torch.stack([torch.ones_like(turn), turn, turn * turn])
        above = self.zeros.to(torch.complex128) @ powers
        return above / (1 + self.poles.to(torch.complex128) @ powers[1:])


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
        zeros, poles: of each section, ``(items · channels, 3)`` and ``(items · channels, 2)``.
    """

    zeros: tuple[Tensor, ...]
    poles: tuple[Tensor, ...]

    @classmethod
    def of(cls, sections: Sections, channels: int) -> Cascade:
        """Return these sections for sounds of so many channels."""
        return cls(
            tuple(z.repeat_interleave(channels, 0).contiguous() for z in sections.zeros),
            tuple(p.repeat_interleave(channels, 0).contiguous() for p in sections.poles),
        )

    def run(self, sound: Tensor, state: State, name: str) -> Tensor:
        """Return ``sound (items, channels, samples)`` filtered; what it remembers stands in ``state[name]``.

        Where gradients are asked for, the sound starts from rest.
        """
        rows = sound.reshape(-1, sound.shape[-1])
        if torch.is_grad_enabled():
            for zeros, poles in zip(self.zeros, self.poles):
                rows = biquad(rows, zeros, poles)
            return rows.view(sound.shape)
        states = state.setdefault(name, [BiquadState(len(rows)) for _ in self.zeros])
        block = rows.numpy()
        for zeros, poles, remembered in zip(self._numbers[0], self._numbers[1], states):
            block = filtered(block, zeros, poles, remembered)
        return torch.from_numpy(block).view(sound.shape)

    @property
    def _numbers(self) -> tuple[list, list]:  # type: ignore[type-arg]
        # The same arrays each time: by them a state tells whether the filters are other ones.
        found = self.__dict__.get("_arrays")
        if found is None:
            found = [z.detach().numpy() for z in self.zeros], [p.detach().numpy() for p in self.poles]
            object.__setattr__(self, "_arrays", found)
        return found
