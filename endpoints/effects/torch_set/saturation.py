"""Saturation: loud sound is bent softly, as a tube or a tape does, which adds overtones.

The curve is a hyperbolic tangent about a working point: with the point at 0 it adds odd overtones, beside it even ones,
too. It is computed at twice the rate, with a half-band filter (a windowed sinc) on the way up and down, so that fewer
of the overtones above half the rate come back as other tones. Only what the curve adds goes that way: sound that is not
bent comes out as it went in.
"""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor

from endpoints.effects.torch_set.effect import Knobs, State, TorchEffect, gain_of, knob
from endpoints.effects.torch_set.spread import Spread

_REACH = 16
"""Taps to either side of the half-band filter that are not 0."""


@cache
def _taps() -> tuple[float, ...]:
    """Return the taps of a half-sample shift, from the middle out: a sinc under a Kaiser window (beta 8)."""
    window = torch.kaiser_window(4 * _REACH + 1, periodic=False, beta=8.0, dtype=torch.float64)
    found = [
        2 * math.sin(math.pi * (k + 0.5)) / (2 * math.pi * (k + 0.5)) * window[2 * _REACH + 2 * k + 1].item()
        for k in range(_REACH)
    ]
    return tuple(value / (2 * sum(found)) for value in found)


class Saturation(TorchEffect):
    """A waveshaper at twice the rate. Latency: 31 samples. With an amount of 0 it does nothing but to come late."""

    name, uri = "Saturation", "harpist:saturation"
    known = (
        knob("drive", "Drive", -12, 36, 0, "dB"),
        knob("bias", "Working point", -1, 1, 0, ""),
        knob("amount", "Amount", 0, 1, 0, ""),
        knob("output", "Gain after", -36, 36, 0, "dB"),
    )

    @property
    def latency(self) -> int:
        """Samples, at any rate: half of the filter's length, up and down again."""
        return 2 * _REACH - 1

    def prepare(self, knobs: Knobs, spread: Spread) -> Knobs:
        """Return the values, ``(items, 1, 1)`` or ``(1, 1, samples)``."""
        return {name: spread(value)[:, None] for name, value in knobs.items()}

    def run(self, sound: Tensor, prepared: Knobs, state: State) -> Tensor:
        """Return the next ``(items, channels, samples)``."""
        drive = gain_of(prepared["drive"])
        bias = prepared["bias"]

        def added(wave: Tensor) -> Tensor:
            resting = torch.tanh(bias)
            bent = (torch.tanh(drive * wave + bias) - resting) / (drive * (1 - resting * resting))
            return prepared["amount"] * (bent - wave)

        between, on_time = self._halfway(sound, state, "up")
        back, _ = self._halfway(added(between), state, "down")
        # The samples themselves wait for those between them to come back.
        waiting = self._delayed(added(on_time), state, "added", _REACH - 1)
        dry = self._delayed(on_time, state, "dry", _REACH - 1)
        return (dry + (waiting + back) / 2) * gain_of(prepared["output"])

    def _halfway(self, now: Tensor, state: State, name: str) -> tuple[Tensor, Tensor]:
        """Return what lies half a sample after each sample of 16 ago, and these samples; ``now`` is the newest."""
        longer = self._longer(now, state, name, 2 * _REACH - 1)
        samples = now.shape[-1]
        between = torch.zeros_like(now)
        for k, tap in enumerate(_taps()):
            early, late = _REACH - 1 - k, _REACH + k
            between = between + tap * (longer[..., early : early + samples] + longer[..., late : late + samples])
        return between, longer[..., _REACH - 1 : _REACH - 1 + samples]

    def _delayed(self, now: Tensor, state: State, name: str, by: int) -> Tensor:
        return self._longer(now, state, name, by)[..., : now.shape[-1]]

    def _longer(self, now: Tensor, state: State, name: str, by: int) -> Tensor:
        before = state.get(name)
        if before is None:
            before = now.new_zeros((*now.shape[:-1], by))
        longer = torch.cat([before, now], dim=-1)
        state[name] = longer[..., longer.shape[-1] - by :].detach()
        return longer
