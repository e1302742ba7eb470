"""Four compressors, each for its band of the sound."""

from __future__ import annotations

from torch import Tensor

from endpoints.effects.torch_set.ballistics import keeping
from endpoints.effects.torch_set.compressor import Following, past
from endpoints.effects.torch_set.crossover import Crossover
from endpoints.effects.torch_set.effect import Knobs, State, TorchEffect, gain_of, knob, level_of
from endpoints.effects.torch_set.spread import Spread

_BANDS = ("Low", "Low middle", "High middle", "High")
_OF_A_BAND = ("threshold", "ratio", "knee", "attack", "release", "gain")


class MultibandCompressor(TorchEffect):
    """`Compressor` four times, between the bands of a `Crossover`. No latency.

    With ratios of 1 and gains of 0 dB it does nothing. Version 1 had a crossover that turned the phase.
    """

    name, uri, version = "Multiband compressor", "harpist:multiband-compressor", "2"
    known = (
        knob("input", "Gain before", -36, 36, 0, "dB"),
        knob("split_1", "Low to low middle", 20, 400, 120, "Hz"),
        knob("split_2", "Low middle to high middle", 400, 3000, 1000, "Hz"),
        knob("split_3", "High middle to high", 3000, 12000, 5000, "Hz"),
        *(
            made
            for number, band in enumerate(_BANDS, 1)
            for made in (
                knob(f"threshold_{number}", f"{band}: threshold", -60, 0, -20, "dB"),
                knob(f"ratio_{number}", f"{band}: ratio", 1, 20, 1, ":1"),
                knob(f"knee_{number}", f"{band}: knee", 0, 24, 6, "dB"),
                knob(f"attack_{number}", f"{band}: attack", 0.1, 200, 10, "ms"),
                knob(f"release_{number}", f"{band}: release", 5, 2000, 150, "ms"),
                knob(f"gain_{number}", f"{band}: gain", -24, 24, 0, "dB"),
            )
        ),
        knob("output", "Gain after", -36, 36, 0, "dB"),
    )

    def prepare(self, knobs: Knobs, spread: Spread) -> tuple[Crossover, Knobs, Following]:
        """Return the filters, the values of all bands as `Spread.stacked` has them, and how their gains follow."""
        splits = [knobs[f"split_{number}"] for number in (1, 2, 3)]
        bands = {
            name: spread.stacked([knobs[f"{name}_{number}"] for number in range(1, len(_BANDS) + 1)])
            for name in _OF_A_BAND
        }
        bands["gain"] = bands["gain"] + spread(knobs["output"]).repeat(len(_BANDS), 1)
        bands["input"] = gain_of(spread(knobs["input"]))[:, None]
        following = Following(keeping(bands["attack"], self.rate), keeping(bands["release"], self.rate))
        return Crossover.at(splits, self.rate, self.channels, spread), bands, following

    def run(self, sound: Tensor, prepared: tuple[Crossover, Knobs, Following], state: State) -> Tensor:
        """Return the next ``(items, channels, samples)``."""
        crossover, bands, following = prepared
        split = crossover.run(sound * bands["input"], state)
        apart = split.flatten(0, 1)
        reduction = past(level_of(apart) - bands["threshold"], bands["knee"]) * (1 - 1 / bands["ratio"])
        gain = bands["gain"] - following.run(reduction, state, "reduction")
        return (apart * gain_of(gain)[:, None, :]).view(split.shape).sum(0)
