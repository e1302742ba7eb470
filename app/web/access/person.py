"""Who sent a request, as far as access goes."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Scope

from app.errors import SignInError

_KEY = "harpist.person"
MAY = ("install", "metrics")
"""What a key may allow beside using models: to install, update and remove them, and to read the metrics."""


@dataclass(frozen=True)
class Person:
    """Somebody who was let in.

    Attributes:
        id: tells people apart; made by the server, and no secret.
        name: the key's name, or the account's, for logs and for the person.
        may: what is allowed beside using models, of :data:`MAY`.
    """

    id: str
    name: str
    may: frozenset[str] = frozenset()


def with_person(scope: Scope, person: Person | SignInError) -> Scope:
    """Return a request that tells who sent it, or why that is not known."""
    return {**scope, _KEY: person}


def person_of(scope: Scope) -> Person | None:
    """Return who sent a request; ``None`` for nobody that is known, and where everybody is let in."""
    person = scope.get(_KEY)
    return person if isinstance(person, Person) else None


def why_nobody(scope: Scope) -> SignInError | None:
    """Return why it is not known who sent a request; ``None`` where it is, or where everybody is let in."""
    error = scope.get(_KEY)
    return error if isinstance(error, SignInError) else None
