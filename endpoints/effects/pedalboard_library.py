"""pedalboard, which hosts VST3 plugins and has effects of its own: an extra, under the GPLv3, never loaded unasked."""

from __future__ import annotations

import importlib
import math
from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import ModelRunError
from app.own_code import pip_arguments
from endpoints.effects import floating_point
from endpoints.effects.plugin import Block, Values

WARM_UP = 1.0
"""Seconds of silence that an effect hears first, with the values of the first block: some glide to them."""

LONGEST = 1024
"""Samples that it gets at once, at most."""

MISSING = (
    "VST3 plugins and pedalboard's own effects are run by pedalboard (licence GPLv3), which is missing here; install "
    f"it with: python -m pip install {pip_arguments('requirements-pedalboard.txt')}."
)


def open_pedalboard() -> Any:
    """Return the library, which states no types.

    Raises:
        ModelRunError: it is missing.
    """
    try:
        with floating_point.as_it_was():
            return importlib.import_module("pedalboard")
    except ImportError:
        raise ModelRunError(MISSING) from None


class RunByPedalboard(ABC):
    """What pedalboard runs, a plugin or an effect of its own; see :class:`endpoints.effects.plugin.Plugin`."""

    name: str
    channels: int
    _rate: int
    _cold: bool

    def process(self, block: Block, values: Values) -> Block:
        """Return the next block as it sounds with these values, ``(channels, samples)`` as it came, any length.

        The first call after a reset lets it settle, with the same values, on a second of silence.

        Raises:
            ModelRunError: it failed, or returned something else than finite numbers.
            ValueError: another number of channels, a value of no parameter, or one that is not finite.
        """
        if block.ndim != 2 or len(block) != self.channels:
            raise ValueError(f"{self.name} takes {self.channels} channels, not an array of shape {block.shape}")
        for name, value in values.items():
            self._turn(name, float(value))
        if self._cold:
            self._warm_up()
        sound = block.astype(np.float32, copy=False)
        parts = [self._run(sound[:, at : at + LONGEST]) for at in range(0, block.shape[1], LONGEST)]
        result = np.concatenate(parts, axis=1) if parts else np.zeros(block.shape, np.float32)
        if not np.isfinite(result).all():
            raise ModelRunError(f"{self.name} returned samples that are not finite numbers (NaN or infinity).")
        return result

    def _warm_up(self) -> None:
        self._cold = False
        silence = np.zeros((self.channels, LONGEST), np.float32)
        for _ in range(math.ceil(WARM_UP * self._rate / LONGEST)):
            self._run(silence)

    def _made(self, native: Any, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what pedalboard's object makes of a block; it may be shorter."""
        try:
            made = native.process(block, self._rate, buffer_size=LONGEST, reset=False)
        except (RuntimeError, ValueError) as error:
            raise ModelRunError(f"{self.name} failed: {' '.join(str(error).split())[:200]}") from error
        return np.asarray(made, np.float32)

    def _check(self, name: str, value: float, known: Collection[str]) -> None:
        if name not in known:
            raise ValueError(f"{self.name} has no parameter {name}")
        if not math.isfinite(value):
            raise ValueError(f"{name} of {self.name} is set to {value}, which is no number")

    @abstractmethod
    def _run(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Let it make a block, of LONGEST samples at most."""

    @abstractmethod
    def _turn(self, name: str, value: float) -> None:
        """Set a parameter."""
