"""One of pedalboard's own effects as an effect like any other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import ModelRunError, NotFoundError
from endpoints.effects import floating_point
from endpoints.effects.parameter import Parameter, Scale
from endpoints.effects.pedalboard_library import RunByPedalboard, open_pedalboard
from endpoints.effects.pedalboard_set.effects import BUILT_IN, MODES

_HIGHEST = 0.45
"""Of the sample rate: above, a filter's frequency has no meaning."""


class PedalboardEffect(RunByPedalboard):
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
        self.reset()

    def reset(self) -> None:
        """Forget all sound heard so far, and have all values at their defaults."""
        with floating_point.as_it_was():
            self._effect: Any = getattr(self._library, self._kind)()
        self._set = {parameter.name: parameter.default for parameter in BUILT_IN[self.uri].parameters}
        for parameter in self.parameters:
            self._turn(parameter.name, parameter.default)
        self._cold = True

    def _run(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        made = self._made(self._effect, block)
        if made.shape != block.shape:
            raise ModelRunError(f"{self.name} returned sound of another length than it was given.")
        return made

    def _turn(self, name: str, value: float) -> None:
        self._check(name, value, self._known)
        parameter = self._known[name]
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
