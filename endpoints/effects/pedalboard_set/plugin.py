"""One of pedalboard's own effects as an effect like any other."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import ModelRunError, NotFoundError
from endpoints.effects import floating_point
from endpoints.effects.parameter import Parameter, Scale
from endpoints.effects.pedalboard_library import open_pedalboard
from endpoints.effects.pedalboard_set.effects import BUILT_IN, MODES
from endpoints.effects.plugin import Block, Values

WARM_UP = 1.0
"""Seconds of silence that an effect hears first: some glide to their values."""

_LONGEST = 1024
"""Samples that an effect gets at once, at most."""

_HIGHEST = 0.45
"""Of the sample rate: above, a filter's frequency has no meaning."""


class PedalboardEffect:
    """One effect, running; see :class:`endpoints.effects.plugin.Plugin`. None of them comes late.

    Args:
        uri: ``pedalboard:NAME``.
        rate: of the sound, in Hz; frequencies end at 0.45 of it.

    Raises:
        NotFoundError: there is no such effect.
        ModelRunError: pedalboard is missing.
    """

    latency = 0

    def __init__(self, uri: str, rate: int) -> None:
        self._library, self._rate = open_pedalboard(), rate
        if uri not in BUILT_IN:
            raise NotFoundError(f"There is no effect “{uri[:200]}”; there are {', '.join(BUILT_IN)}.")
        told = BUILT_IN[uri]
        self._kind = told.kind
        self.name, self.uri, self.channels = told.title, uri, told.channels
        self.version = str(self._library.__version__)
        self.parameters = tuple(_at_rate(parameter, rate) for parameter in told.parameters)
        self._known = {parameter.name: parameter for parameter in self.parameters}
        self._cold = True
        self.reset()

    def process(self, block: Block, values: Values) -> Block:
        """Return the next block as it sounds with these values, ``(channels, samples)`` as it came, any length.

        The first call after a reset lets the effect settle, with the same values, on a second of silence.

        Raises:
            ModelRunError: it failed, or returned something else than finite numbers.
            ValueError: another number of channels, a value of no parameter, or one that is not finite.
        """
        if block.ndim != 2 or len(block) != self.channels:
            raise ValueError(f"{self.name} takes {self.channels} channels, not an array of shape {block.shape}")
        for name, value in values.items():
            self._turn(name, float(value))
        if self._cold:
            self._cold = False
            silence = np.zeros((self.channels, _LONGEST), np.float32)
            for _ in range(math.ceil(WARM_UP * self._rate / _LONGEST)):
                self._run(silence)
        sound = block.astype(np.float32, copy=False)
        parts = [self._run(sound[:, at : at + _LONGEST]) for at in range(0, block.shape[1], _LONGEST)]
        result = np.concatenate(parts, axis=1) if parts else np.zeros(block.shape, np.float32)
        if not np.isfinite(result).all():
            raise ModelRunError(f"{self.name} returned samples that are not finite numbers (NaN or infinity).")
        return result

    def reset(self) -> None:
        """Forget all sound heard so far, and have all values at their defaults."""
        with floating_point.as_it_was():
            self._effect: Any = getattr(self._library, self._kind)()
        self._set = {parameter.name: parameter.default for parameter in BUILT_IN[self.uri].parameters}
        for parameter in self.parameters:
            self._turn(parameter.name, parameter.default)
        self._cold = True

    def _run(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            made = self._effect.process(block, self._rate, buffer_size=_LONGEST, reset=False)
        except (RuntimeError, ValueError) as error:
            raise ModelRunError(f"{self.name} failed: {' '.join(str(error).split())[:200]}") from error
        if made.shape != block.shape:
            raise ModelRunError(f"{self.name} returned sound of another length than it was given.")
        return np.asarray(made, np.float32)

    def _turn(self, name: str, value: float) -> None:
        parameter = self._known.get(name)
        if parameter is None:
            raise ValueError(f"{self.name} has no parameter {name}")
        if not math.isfinite(value):
            raise ValueError(f"{name} of {self.name} is set to {value}, which is no number")
        value = min(max(value, parameter.minimum), parameter.maximum)
        # Also to the value that it has, setting one may start a glide anew.
        if value == self._set[name]:
            return
        self._set[name] = value
        if parameter.scale is Scale.CHOICE:
            setattr(self._effect, name, getattr(getattr(self._library, self._kind).Mode, MODES[round(value)]))
        else:
            setattr(self._effect, name, value)


def _at_rate(parameter: Parameter, rate: int) -> Parameter:
    """Return a parameter as it is at a sample rate."""
    highest = _HIGHEST * rate
    if parameter.unit != "Hz" or parameter.maximum <= highest:
        return parameter
    return replace(parameter, maximum=highest, default=min(parameter.default, highest))
