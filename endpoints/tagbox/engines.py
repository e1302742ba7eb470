"""How a window of sound is described before it is steered: by parts of the mixture, or by a codec's numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import torch

from endpoints.tagbox.aim import Aim
from endpoints.tagbox.latents.codec import CodecLatent
from endpoints.tagbox.latents.codec_network import CodecNetwork
from endpoints.tagbox.latents.components import Carried, Components
from endpoints.tagbox.latents.latent import Latent
from endpoints.tagbox.listening import first_gates
from endpoints.tagbox.taggers.tagger import Tagger

Told = Callable[[float, str], None]
"""Takes the share of the describing that is done, and what is being done."""
Tick = Callable[[], None]
"""Called in long loops; what it raises ends them."""


class Engine(Protocol):
    """Describes the windows of one file, in their order.

    Attributes:
        before: the share of a window's work that describing it is, 0 to 1.
    """

    before: float

    def describe(
        self, sound: torch.Tensor, rate: int, aim: Aim, taggers: Sequence[Tagger], seed: int, told: Told, tick: Tick
    ) -> Latent:
        """Return a description of a window ``(channels, samples)`` at a rate (Hz)."""
        ...

    def leave(self, latent: Latent) -> None:
        """Take what the next window begins with from a description that was steered."""
        ...


class ByComponents:
    """Parts of the mixture, which begin as those of the window before ended, so that a part stays what it was."""

    before = 0.3

    def __init__(self) -> None:
        self._left: Carried | None = None

    def describe(
        self, sound: torch.Tensor, rate: int, aim: Aim, taggers: Sequence[Tagger], seed: int, told: Told, tick: Tick
    ) -> Components:
        """Return the parts of a window, their gates where a tagger puts them that hears them one by one."""
        parts = Components(sound, rate, seed, self._left, lambda: told(0.0, "looking for parts"))
        parts.set_gates(first_gates(parts.heard, aim, taggers, lambda: told(0.5, "hearing each part")))
        return parts

    def leave(self, latent: Latent) -> None:
        """Keep the parts and their gates."""
        assert isinstance(latent, Components)
        self._left = latent.leave()


class ByCodec:
    """A codec's numbers; each window is described by itself.

    Args:
        codec: the network.
    """

    before = 0.02

    def __init__(self, codec: CodecNetwork) -> None:
        self._codec = codec

    def describe(
        self, sound: torch.Tensor, rate: int, aim: Aim, taggers: Sequence[Tagger], seed: int, told: Told, tick: Tick
    ) -> CodecLatent:
        """Return the codec's numbers for a window."""
        told(0.0, "through the codec")
        return CodecLatent(sound, rate, self._codec, tick)

    def leave(self, latent: Latent) -> None:
        """Keep nothing."""
