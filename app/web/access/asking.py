"""What someone shows who wants to be let in: a key, a token, a cookie; found in a request, and taken out of it.

Behind this, a request carries nothing secret any more: in place of a token it has its person's id, by which jobs and
files are told apart, and which a guest may see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import Scope

from app.errors import SignInError
from app.jobs.job import KNOWN
from app.web.access.cookies import without_ours
from app.web.access.person import Person, with_person
from app.web.visit import moved_to, visit_of

_IN_ADDRESS = re.compile(r"/key/([^/]+)(?=/|$)")
_SECRET_HEADERS = frozenset((b"authorization", b"cookie", b"x-harpist-token", b"referer"))
"""The last one may name an address with a key in it."""


@dataclass(frozen=True)
class Shown:
    """What a request shows.

    Attributes:
        key: in its address, ``/key/KEY/models/…``: HARP takes no token that the Hugging Face hub does not know.
        bearer: in ``Authorization: Bearer …``.
        token: in ``X-Harpist-Token``.
        cookies: its ``Cookie`` header.
    """

    key: str = ""
    bearer: str = ""
    token: str = ""
    cookies: str = ""

    @property
    def anything(self) -> bool:
        """Whether it shows a key or a token, which may be wrong."""
        return bool(self.key or self.bearer or self.token)


def shown_by(scope: Scope) -> tuple[Shown, Scope]:
    """Return what a request shows, and the request under its address with the key, where that has one."""
    headers = Headers(scope=scope)
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    shown = Shown(
        bearer=bearer.strip() if scheme.lower() == "bearer" else "",
        token=headers.get("x-harpist-token", ""),
        cookies=headers.get("cookie", ""),
    )
    found = _IN_ADDRESS.match(scope["path"].removeprefix(visit_of(scope).prefix))
    if found is None:
        return shown, scope
    return replace(shown, key=found[1]), moved_to(scope, found[0])


def of_anyone(scope: Scope) -> Scope:
    """Return a request without a header that only this server may write."""
    mark = KNOWN.encode()
    if not any(name.lower() == b"authorization" and value.startswith(mark) for name, value in scope["headers"]):
        return scope
    return {**scope, "headers": [item for item in scope["headers"] if item[0].lower() != b"authorization"]}


def of_person(scope: Scope, person: Person | SignInError) -> Scope:
    """Return a request that tells who sent it, or why that is not known, and has nothing secret in its headers."""
    headers = [item for item in scope["headers"] if item[0].lower() not in _SECRET_HEADERS]
    for name, value in scope["headers"]:
        if name.lower() == b"cookie" and (kept := without_ours(value.decode("latin-1"))):
            headers.append((name, kept.encode("latin-1")))
    if isinstance(person, Person):
        headers.append((b"authorization", f"{KNOWN}{person.id};{quote(person.name)}".encode()))
    return with_person({**scope, "headers": headers}, person)
