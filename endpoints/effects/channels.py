"""An effect for sound of any number of channels: several of it side by side, their knobs turned as one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.errors import InputError
from endpoints.effects.plugin import Block, Plugin, Values


class Linked:
    """Several of one effect side by side; itself an effect (see :class:`endpoints.effects.plugin.Plugin`).

    Channels go to them in order: a mono effect hears each by itself, one in stereo each pair. Where one channel is left
    over, an effect in stereo hears it on both sides, and the mean of what it returns is taken.

    Args:
        make: makes one of them.
        channels: of the sound.

    Raises:
        InputError: the channels cannot be shared out.
        HarpistError: as ``make``.
    """

    def __init__(self, make: Callable[[], Plugin], channels: int) -> None:
        first = make()
        self._of_one = first.channels
        left = channels % self._of_one
        if left and self._of_one != 2:
            raise InputError(
                f"{first.name} takes {self._of_one} channels, or a multiple of that, and the sound has {channels}."
            )
        self._plugins = [first, *(make() for _ in range(-(-channels // self._of_one) - 1))]
        self.name, self.uri, self.version, self.parameters = first.name, first.uri, first.version, first.parameters
        self.channels = channels

    @property
    def latency(self) -> int:
        """How many samples the sound comes late, at the present values."""
        return self._plugins[0].latency

    def process(self, block: Block, values: Values) -> Block:
        """Return the next block, ``(channels, samples)`` as it came; every effect gets the same values.

        Raises:
            ModelRunError: one returned something else than finite numbers.
        """
        result = np.empty(block.shape, np.float32)
        for at, plugin in zip(range(0, self.channels, self._of_one), self._plugins):
            part = block[at : at + self._of_one]
            if len(part) < self._of_one:
                made = plugin.process(np.repeat(part, self._of_one, axis=0), values)
                result[at:] = (made[0] + made[1]) * np.float32(0.5)
            else:
                result[at : at + self._of_one] = plugin.process(part, values)
        return result

    def reset(self) -> None:
        """Forget all sound heard so far."""
        for plugin in self._plugins:
            plugin.reset()
