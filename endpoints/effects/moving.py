"""Values that change within a block: each is in force for its own stretch of samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np

from endpoints.effects.plugin import Block

V_contra = TypeVar("V_contra", contravariant=True)
V = TypeVar("V")


class Runs(Protocol[V_contra]):
    """What a :class:`endpoints.effects.plugin.Plugin` is here, whatever its values are."""

    channels: int

    @property
    def latency(self) -> int:
        """How many samples the sound comes late, at the present values."""
        ...

    def process(self, block: Block, values: V_contra, /) -> Block:
        """Return the next block, ``(channels, samples)``."""
        ...


@runtime_checkable
class Moves(Protocol[V_contra]):
    """What hears a whole block at once while its values change, which costs less than piece by piece."""

    def process_moving(self, block: Block, stretches: Sequence[tuple[int, V_contra]], /) -> Block:
        """Return what `moved` does, the same to the bit."""
        ...


def moved(plugin: Runs[V], block: Block, stretches: Sequence[tuple[int, V]]) -> Block:
    """Return the next block of an effect whose values change on the way, ``(channels, samples)`` as it came.

    Args:
        plugin: the effect.
        block: ``(channels, samples)``.
        stretches: a number of samples and the values for them, one after the other; together the whole block.

    Raises:
        ModelRunError: the effect returned something else than finite numbers.
    """
    if len(stretches) == 1:
        return plugin.process(block, stretches[0][1])
    if isinstance(plugin, Moves):
        made: Block = plugin.process_moving(block, stretches)
        return made
    pieces, at = [], 0
    for samples, values in stretches:
        pieces.append(plugin.process(block[:, at : at + samples], values))
        at += samples
    return np.concatenate(pieces, axis=1)
