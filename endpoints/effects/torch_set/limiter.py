"""A limiter: no sample comes out above a ceiling, and the gain is down when a peak comes.

It looks ahead by some 5 ms. The gain that each sample needs is held down for as long as that, comes back by the
release, and is then averaged over the same length: of a held minimum an average is never above what the sample needs,
since the sample lies in all that is averaged. Minimum and average over 2^k samples are k steps, whatever the blocks.
The gain of all channels is the same.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from endpoints.effects.torch_set.ballistics import keeping
from endpoints.effects.torch_set.compressor import Following
from endpoints.effects.torch_set.effect import Knobs, State, TorchEffect, gain_of, knob, level_of
from endpoints.effects.torch_set.spread import Spread

_AHEAD = 0.005


class Limiter(TorchEffect):
    """Look-ahead of the power of two nearest to 5 ms, which is its latency and one sample. It holds sample peaks.

    With sound below the ceiling and a gain of 0 dB it does nothing but to come late.
    """

    name, uri = "Limiter", "harpist:limiter"
    known = (
        knob("input", "Gain before", -36, 36, 0, "dB"),
        knob("ceiling", "Ceiling", -36, 0, 0, "dB"),
        knob("release", "Release", 5, 2000, 80, "ms"),
    )

    def __init__(self, rate: float, channels: int) -> None:
        super().__init__(rate, channels)
        self._length = 1 << max(1, round(math.log2(_AHEAD * self.rate)))

    @property
    def latency(self) -> int:
        """Samples: 127 at 22,050 Hz, 255 at 44,100 Hz and 48,000 Hz."""
        return self._length - 1

    def prepare(self, knobs: Knobs, spread: Spread) -> tuple[Knobs, Following]:
        """Return the values, spread, and how a reduction follows: at once, then by the release."""
        falling = spread(keeping(knobs["release"], self.rate))
        return {name: spread(value) for name, value in knobs.items()}, Following(torch.zeros_like(falling), falling)

    def run(self, sound: Tensor, prepared: tuple[Knobs, Following], state: State) -> Tensor:
        """Return the next ``(items, channels, samples)``."""
        knobs, following = prepared
        samples = sound.shape[2]
        needed = (level_of(sound) + knobs["input"] - knobs["ceiling"]).clamp(min=0)
        held = self._over_the_length(needed, state, "needed", torch.maximum)
        released = following.run(held, state, "reduction")
        reduction = self._over_the_length(released, state, "released", torch.add) / self._length
        loud = self._recalled(sound, state, "sound")[:, :, :samples] * gain_of(knobs["input"] - reduction)[:, None, :]
        # A rounding of the last bits is all that is cut here.
        ceiling = gain_of(knobs["ceiling"])[:, None, :]
        return torch.minimum(torch.maximum(loud, -ceiling), ceiling)

    def _recalled(self, now: Tensor, state: State, name: str) -> Tensor:
        """Return what was before, as much as the latency, and then ``now``; time is last."""
        before = state.get(name)
        if before is None:
            before = now.new_zeros((*now.shape[:-1], self.latency))
        longer = torch.cat([before, now], dim=-1)
        state[name] = longer[..., longer.shape[-1] - self.latency :].detach()
        return longer

    def _over_the_length(self, now: Tensor, state: State, name: str, pair: object) -> Tensor:
        """Return at each sample what ``pair`` makes of it and all before it within the length."""
        found, step = self._recalled(now, state, name), 1
        while step < self._length:
            found = pair(found[..., step:], found[..., :-step])  # type: ignore[operator]
            step *= 2
        return found
