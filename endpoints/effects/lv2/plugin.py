"""An LV2 plugin as an effect like any other."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from app.errors import ModelRunError
from app.lv2_folders import lv2_folders
from endpoints.effects.lv2.description import Description
from endpoints.effects.lv2.features import LONGEST_RUN
from endpoints.effects.lv2.instance import Instance
from endpoints.effects.lv2.knobs import parameters_of, resting
from endpoints.effects.lv2.world import open_world
from endpoints.effects.plugin import Block, Values

WARM_UP = 1.0
"""Seconds of silence that a plugin hears first, with the values of the first block: some glide towards them."""


class Lv2Plugin:
    """One plugin, running; see :class:`endpoints.effects.plugin.Plugin`.

    Values beyond a parameter's range are taken for its end. A value is in force from the first sample of its block on.

    Args:
        uri: what it is found by.
        rate: of the sound, in Hz.
        folders: where plugins lie; none: those of ``LV2_PATH``, or the usual ones.

    Attributes:
        description: what it says of itself.

    Raises:
        NotFoundError: there is none of this URI.
        ModelFormatError: it is no effect, or requires what this host has not.
        ModelRunError: lilv is missing, or the plugin did not start.
    """

    def __init__(self, uri: str, rate: int, folders: Sequence[str] = ()) -> None:
        self._world = open_world(tuple(folders) or lv2_folders())
        self.description: Description = self._world.describe(uri)
        self.description.check()
        self._rate = rate
        ports = parameters_of(self.description, rate)
        self.name, self.uri, self.version = self.description.name, uri, self.description.version
        self.channels = self.description.channels
        self.parameters = tuple(parameter for _, parameter in ports)
        self._ports = {parameter.name: (number, parameter) for number, parameter in ports}
        self._start()

    @property
    def latency(self) -> int:
        """How many samples the sound comes late, as the plugin says; it is warmed up for that."""
        if self._cold:
            self._warm_up()
        port = self.description.latency_port
        told = 0.0 if port is None else float(self._instance.controls[port])
        return round(told) if math.isfinite(told) and told > 0 else 0

    def process(self, block: Block, values: Values) -> Block:
        """Return the next block as it sounds with these values, ``(channels, samples)`` as it came, any length.

        The first call after a reset lets the plugin settle, with the same values, on a second of silence.

        Raises:
            ModelRunError: it returned something else than finite numbers.
            ValueError: another number of channels, a value of no parameter, or one that is not finite.
        """
        if block.ndim != 2 or len(block) != self.channels:
            raise ValueError(f"{self.name} takes {self.channels} channels, not an array of shape {block.shape}")
        for name, value in values.items():
            if name not in self._ports:
                raise ValueError(f"{self.name} has no parameter {name}")
            if not math.isfinite(value):
                raise ValueError(f"{name} of {self.name} is set to {value}, which is no number")
            number, parameter = self._ports[name]
            self._instance.controls[number] = min(max(float(value), parameter.minimum), parameter.maximum)
        if self._cold:
            self._warm_up()
        result = np.empty(block.shape, np.float32)
        for start in range(0, block.shape[1], LONGEST_RUN):
            part = block[:, start : start + LONGEST_RUN]
            size = part.shape[1]
            self._instance.sound[:, :size] = part
            self._instance.run(size)
            result[:, start : start + size] = self._instance.result[:, :size]
        if not np.isfinite(result).all():
            raise ModelRunError(f"{self.name} returned samples that are not finite numbers (NaN or infinity).")
        return result

    def reset(self) -> None:
        """Forget all sound heard so far: afterwards it is as when it was made, its values at their defaults."""
        # Not every plugin forgets all where it is only deactivated.
        self.close()
        self._start()

    def close(self) -> None:
        """End it; it cannot be used any more."""
        self._instance.close()

    def _start(self) -> None:
        self._instance = Instance(self._world, self.description, self._rate)
        for number, port in enumerate(self.description.ports):
            if port.is_input:
                self._instance.controls[number] = resting(port, self._rate)
        self._cold = True

    def _warm_up(self) -> None:
        self._cold = False
        self._instance.sound[:] = 0.0
        left = round(WARM_UP * self._rate)
        while left > 0:
            self._instance.run(min(left, LONGEST_RUN))
            left -= LONGEST_RUN
