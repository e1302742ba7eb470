"""Where a path lies: under which endpoint's address, and what comes behind that."""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import NotFoundError

_MODELS = "/models/"


@dataclass(frozen=True)
class Place:
    """What a path under the server's address tells.

    Attributes:
        endpoint_id: ``owner/name``; ``""`` at the server's own address.
        prefix: the endpoint's address, without a slash at its end; ``""`` for the server's own.
        slash: whether one stands behind it.
        rest: what comes behind that.
    """

    endpoint_id: str
    prefix: str
    slash: bool
    rest: str


def place_of(path: str) -> Place:
    """Return where a path lies.

    >>> place_of("/models/a/b/call/process")
    Place(endpoint_id='a/b', prefix='/models/a/b', slash=True, rest='call/process')

    Raises:
        NotFoundError: it is no model's address, though it begins like one.
    """
    if not path.startswith(_MODELS):
        return Place("", "", slash=True, rest=path[1:])
    owner, _, tail = path[len(_MODELS) :].partition("/")
    name, slash, rest = tail.partition("/")
    if not owner or not name:
        raise NotFoundError("A model's address is /models/OWNER/NAME; / lists them.")
    return Place(f"{owner}/{name}", f"/models/{owner}/{name}", bool(slash), rest)
