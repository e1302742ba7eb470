"""A graphic equaliser of ten octaves, whose bands reach the gains that their sliders show.

Bells one after the other add up in decibels, and each also sounds in its neighbours' bands. So the filters' own gains
are found first, by the method of J. Rämö, J. Liski, V. Välimäki: "Third-octave and Bark graphic-equalizer design with
symmetric band filters", Applied Sciences 10(4), 2020, and V. Välimäki, J. Liski: "Accurate cascade graphic equalizer",
IEEE Signal Processing Letters 24(2), 2017: what one filter does at each centre, for a decibel of its own, is a matrix,
and the gains solve it; again with the matrix of the gains found. Their filters are Orfanidis's; these are `biquads`'.
"""

from __future__ import annotations

import torch
from torch import Tensor

from endpoints.effects.torch_set.biquads import HIGHEST, Cascade, peak
from endpoints.effects.torch_set.effect import Knobs, State, TorchEffect, gain_of, knob
from endpoints.effects.torch_set.spread import Spread

_CENTRES = (31.25, 62.5, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0)
_QUALITY = 1.0
_FIRST, _LEAST, _TURNS = 8.0, 0.5, 3
"""Decibels of the first matrix, the least of any, and how often it is made anew."""


def _key(centre: float) -> str:
    return f"gain_{centre:g}".replace(".", "_")


class GraphicEqualiser(TorchEffect):
    """Ten bells an octave apart, and a gain. No latency. Bands above 0.45 of the rate do nothing."""

    name, uri = "Graphic equaliser", "harpist:graphic-equaliser"
    known = (
        *(
            knob(_key(centre), f"{centre:g} Hz" if centre < 1000 else f"{centre / 1000:g} kHz", -18, 18, 0, "dB")
            for centre in _CENTRES
        ),
        knob("output", "Gain", -24, 24, 0, "dB"),
    )

    def prepare(self, knobs: Knobs, spread: Spread) -> tuple[Cascade, Tensor]:
        """Return the filters, and the gain as a factor, ``(items, 1, 1)`` or ``(1, 1, samples)``."""
        centres = torch.tensor([c for c in _CENTRES if c <= HIGHEST * self.rate], dtype=torch.float64)
        wanted = torch.stack([knobs[_key(c)] for c in _CENTRES[: len(centres)]])
        items = wanted.shape[1]
        frequencies = centres[:, None].expand(-1, items)
        quality = torch.full_like(frequencies, _QUALITY)

        def interaction(gains: Tensor) -> Tensor:
            """Return decibels at each centre (rows) for a decibel of each filter, ``(items, centres, filters)``."""
            bells = peak(frequencies, gains, quality, self.rate).response(centres, self.rate)
            return (20 * torch.log10(bells.abs()) / gains[:, :, None]).permute(1, 2, 0)

        gains = torch.full_like(wanted, _FIRST)
        for _ in range(_TURNS):
            solved = torch.linalg.solve(interaction(gains), wanted.T[:, :, None])[:, :, 0].T
            # The matrix hardly changes with small gains, and cannot be had from none.
            gains = torch.where(solved.abs() < _LEAST, torch.full_like(solved, _LEAST), solved)
        bells = peak(frequencies, solved, quality, self.rate)
        return Cascade(bells, self.channels, spread), gain_of(spread(knobs["output"]))[:, None]

    def run(self, sound: Tensor, prepared: tuple[Cascade, Tensor], state: State) -> Tensor:
        """Return the next ``(items, channels, samples)``."""
        cascade, gain = prepared
        return cascade.run(sound, state, "bands") * gain
