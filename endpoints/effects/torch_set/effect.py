"""What our own effects share: one computation, which hears blocks as a plugin and whole stretches with gradients."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from app.errors import ModelRunError
from endpoints.effects.parameter import Parameter, Scale
from endpoints.effects.plugin import Block, Values
from endpoints.effects.torch_set.spread import Spread

Knobs = dict[str, Tensor]
"""A value of each sound by a parameter's name, ``(items,)`` of 64 bits."""

State = dict[str, Any]
"""What an effect remembers of the sound before; empty at the start."""

VERSION = "1"
"""Of the set; it changes with what an effect's values mean."""


class TorchEffect(ABC):
    """A `Plugin`, which can also be asked for its gradients.

    All is computed in 64 bits, by operations that treat each sample alike, so that blocks of any size give the same
    result to the bit. Channels are linked: what decides a gain is the loudest of them. Each default is neutral: with
    all of them, the sound comes out as it went in.

    Args:
        rate: samples a second, of what it will hear.
        channels: how many.

    Raises:
        ValueError: a rate or a number of channels that no sound has.
    """

    name: str
    uri: str
    version: str = VERSION
    parameters: tuple[Parameter, ...]
    known: ClassVar[tuple[Parameter, ...]]

    def __init__(self, rate: float, channels: int) -> None:
        if rate <= 0 or channels < 1:
            raise ValueError(f"{self.name} cannot hear {channels} channels at {rate:g} Hz")
        self.rate, self.channels = float(rate), channels
        self.parameters = self.known
        self._ranges = {parameter.name: parameter for parameter in self.parameters}
        self.reset()

    @property
    def latency(self) -> int:
        """How many samples the sound comes late; the same at all values."""
        return 0

    def reset(self) -> None:
        """Forget all sound, and turn each knob to its default."""
        self._values = {parameter.name: parameter.default for parameter in self.parameters}
        self._state: State = {}
        self._prepared: Any = None
        self._still = False

    def process(self, block: Block, values: Values) -> Block:
        """Return the next block, ``(channels, samples)`` of 32 bits; values outside a range are brought to its edge.

        Raises:
            ModelRunError: something else than finite numbers came in or went out.
            ValueError: a parameter that it has not, or another number of channels.
        """
        return self.process_moving(block, ((block.shape[-1], values),))

    def process_moving(self, block: Block, stretches: Sequence[tuple[int, Values]]) -> Block:
        """Return the next block while values change; see `endpoints.effects.moving.moved`. Raises as ``process``."""
        if block.ndim != 2 or block.shape[0] != self.channels:
            raise ValueError(f"{self.name} takes {self.channels} channels, not {block.shape}")
        with torch.no_grad():
            self._prepare(stretches)
            sound = torch.from_numpy(np.ascontiguousarray(block, dtype=np.float64))[None]
            out = self.run(sound, self._prepared, self._state) if block.shape[1] else sound
        result: Block = out[0].numpy().astype(np.float32)
        if not np.isfinite(result).all():
            raise ModelRunError(f"{self.name} was given, or made, something else than finite numbers.")
        return result

    def render(self, sound: Tensor, values: Mapping[str, Tensor | float]) -> Tensor:
        """Return whole stretches as they sound from rest, differentiable in the sound and in each value.

        Args:
            sound: ``(items, channels, samples)``.
            values: in the parameters' units, each one number or ``(items,)``; what is not named is at its default.

        Returns:
            As ``sound``, in its type, late by the latency: to the rounding of 32 bits what ``process`` gives.
        """
        items = len(sound)
        unknown = set(values) - {parameter.name for parameter in self.parameters}
        if unknown:
            raise ValueError(f"{self.name} has no parameter {sorted(unknown)[0]}")
        knobs = {}
        for parameter in self.parameters:
            value = torch.as_tensor(values.get(parameter.name, parameter.default), dtype=torch.float64)
            knobs[parameter.name] = value.clamp(parameter.minimum, parameter.maximum).expand(items)
        return self.run(sound.double(), self.prepare(knobs, Spread()), {}).to(sound.dtype)

    @abstractmethod
    def prepare(self, knobs: Knobs, spread: Spread) -> Any:
        """Return what the values come to, such as a filter's coefficients; done once for values that stay.

        Args:
            knobs: of each sound, or of each stretch of one.
            spread: lays them out beside the sound.
        """

    @abstractmethod
    def run(self, sound: Tensor, prepared: Any, state: State) -> Tensor:
        """Return the next ``(items, channels, samples)`` of 64 bits, and bring the state on to after it."""

    def _prepare(self, stretches: Sequence[tuple[int, Values]]) -> None:
        """Make ready for a block, unless its values are those that all of the last one had."""
        wanted = self._values
        each: list[list[float]] = []
        lengths: list[int] = []
        for samples, values in stretches:
            then = wanted | self._within(values)
            if each and then == wanted:
                lengths[-1] += samples
            else:
                each.append([*then.values()])
                lengths.append(samples)
            wanted = then
        still = len(each) == 1
        if still and self._still and wanted == self._values:
            return
        numbers = torch.tensor(each, dtype=torch.float64).T.contiguous()
        self._prepared = self.prepare(dict(zip(wanted, numbers.unbind())), Spread(() if still else tuple(lengths)))
        self._values, self._still = wanted, still

    def _within(self, values: Values) -> dict[str, float]:
        if not values:
            return {}
        found = {}
        for name, value in values.items():
            if name not in self._ranges:
                raise ValueError(f"{self.name} has no parameter {name}")
            if not math.isfinite(value):
                raise ValueError(f"{name} of {self.name} is to be {value}, and that is no number")
            found[name] = min(max(float(value), self._ranges[name].minimum), self._ranges[name].maximum)
        return found


def gain_of(decibels: Tensor) -> Tensor:
    """Return the factor of a level: 20 dB are 10."""
    return torch.exp(decibels * 0.11512925464970229)


def level_of(sound: Tensor) -> Tensor:
    """Return the level of the loudest channel in dB of full scale, ``(items, samples)``; silence is -120."""
    return 20 * torch.log10(sound.abs().amax(1).clamp(min=1e-6))


def knob(
    name: str, label: str, low: float, high: float, default: float, unit: str, scale: Scale | None = None
) -> Parameter:
    """Return a parameter; frequencies, times and ratios are turned by equal ratios unless ``scale`` says otherwise."""
    by_ratio = unit in ("Hz", "ms", ":1") and low > 0
    return Parameter(name, label, low, high, default, unit, scale or (Scale.LOGARITHMIC if by_ratio else Scale.LINEAR))
