"""What an LV2 plugin says of itself, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.errors import ModelFormatError
from endpoints.effects.lv2 import words


class Kind(Enum):
    """What flows through a port."""

    AUDIO = "audio"
    CONTROL = "control"
    ATOM = "atom"
    CV = "control voltage"
    OTHER = "other"


@dataclass(frozen=True)
class Port:
    """One port.

    Attributes:
        symbol: its name for programs, which no other port of the plugin has.
        name: its name for people.
        kind: what flows through it.
        is_input: whether that flows into the plugin.
        properties: URIs of what the plugin says of it.
        minimum, maximum, default: of a control; ``None`` where none is stated.
        unit: the unit's symbol, or its URI where it is one of LV2's own; empty: none.
        points: values that have a name.
        side_chain: whether it is an input that steers, and is not heard.
    """

    symbol: str
    name: str
    kind: Kind
    is_input: bool
    properties: frozenset[str] = frozenset()
    minimum: float | None = None
    maximum: float | None = None
    default: float | None = None
    unit: str = ""
    points: tuple[tuple[float, str], ...] = ()
    side_chain: bool = False

    @property
    def optional(self) -> bool:
        """Whether the plugin runs without it."""
        return words.OPTIONAL in self.properties


SUPPORTED = frozenset(
    (
        words.MAP,
        words.UNMAP,
        words.OPTIONS,
        words.BOUNDED,
        words.SCHEDULE,
        words.IN_PLACE_BROKEN,
        words.HARD_REAL_TIME,
    )
)
"""Features that this host has. ``isLive`` is none: a file is not played, so that nothing waits for the clock."""


@dataclass(frozen=True)
class Description:
    """One plugin.

    Attributes:
        uri: what it is found by.
        name, author: for people; the author may be empty.
        version: ``minor.micro``; empty where none is stated.
        licence: its URI; empty where none is stated.
        ports: in the order of their numbers.
        requires: URIs of the features that it does not run without.
        latency_port: the number of the port that tells its latency; ``None``: it has none.
    """

    uri: str
    name: str
    author: str
    version: str
    licence: str
    ports: tuple[Port, ...]
    requires: tuple[str, ...] = ()
    latency_port: int | None = None

    def heard(self, *, is_input: bool) -> list[int]:
        """Return the numbers of the audio ports on one side, without those that only steer."""
        return [
            number
            for number, port in enumerate(self.ports)
            if port.kind is Kind.AUDIO and port.is_input is is_input and not port.side_chain
        ]

    @property
    def channels(self) -> int:
        """How many channels it takes and returns."""
        return len(self.heard(is_input=True))

    def check(self) -> None:
        """Refuse what cannot be hosted as an effect.

        Raises:
            ModelFormatError: why, in a sentence.
        """
        inputs, outputs = len(self.heard(is_input=True)), len(self.heard(is_input=False))
        if not inputs or not outputs:
            lacking = "input: it makes sound, or analyses none" if not inputs else "output: it only listens"
            raise ModelFormatError(f"{self.name} has no audio {lacking}; an effect with both is expected.")
        if inputs != outputs:
            raise ModelFormatError(
                f"{self.name} takes {inputs} and returns {outputs} channels of sound; an effect with as many in as out "
                "is expected."
            )
        unknown = [uri for uri in self.requires if uri not in SUPPORTED]
        if words.IS_LIVE in unknown:
            raise ModelFormatError(f"{self.name} is for live sound only; it cannot be used on a file.")
        if unknown:
            raise ModelFormatError(f"{self.name} requires what Harpist has not: {', '.join(unknown)[:300]}.")
        for port in self.ports:
            if port.kind is Kind.OTHER and not port.optional:
                raise ModelFormatError(f"{self.name} has a port of an unknown kind, “{port.name[:60]}”.")
