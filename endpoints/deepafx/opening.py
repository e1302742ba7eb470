"""Effects by the addresses that a chain names them by."""

from __future__ import annotations

from endpoints.effects.plugin import Plugin


def open_effect(uri: str, rate: int, channels: int) -> Plugin:
    """Return a new effect; ``harpist:NAME`` is one of the torch set.

    Raises:
        ChainError: there is none by that address.
    """
    from endpoints.deepafx.chain import ChainError
    from endpoints.effects.torch_set.effects import EFFECTS

    if uri in EFFECTS:
        return EFFECTS[uri](rate, channels)
    raise ChainError(f"There is no effect “{uri[:200]}”; there are {', '.join(EFFECTS)}.")
