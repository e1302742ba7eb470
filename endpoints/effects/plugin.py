"""What every effect can do, whoever made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from numpy import floating
from numpy.typing import NDArray

from endpoints.effects.parameter import Parameter

Block = NDArray[floating[Any]]
"""``(channels, samples)`` of 32 bits, at the effect's sample rate."""

Values = Mapping[str, float]
"""A value by a parameter's name, in its unit; what is not named stays as it was."""


class Plugin(Protocol):
    """One running effect: it has a state, a sample rate, and as many channels out as in.

    Attributes:
        name: what the user reads.
        uri: what it is found by again: an LV2 URI, a file's path, or a name of our own set.
        version: of what made it, as it says; empty where it says none.
        parameters: its knobs, in their order.
        channels: how many it takes and returns.
    """

    name: str
    uri: str
    version: str
    parameters: tuple[Parameter, ...]
    channels: int

    @property
    def latency(self) -> int:
        """How many samples the sound comes late, at the present values."""
        ...

    def process(self, block: Block, values: Values) -> Block:
        """Return the next block as it sounds with these values, ``(channels, samples)`` as it came, any length.

        Raises:
            ModelRunError: it returned something else than finite numbers.
        """
        ...

    def reset(self) -> None:
        """Forget all sound heard so far: afterwards it is as when it was made, its values at their defaults."""
        ...
