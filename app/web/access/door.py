"""The door through which every request comes, and the open one, where nobody is asked who they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope

from app.config import Settings
from app.errors import HarpistError
from app.jobs.shares import nothing_of_their_own
from app.web.access.asking import of_anyone
from app.web.visit import visit_of


class SignInPage(Protocol):
    """Makes the page where one signs in."""

    def __call__(self, prefix: str, to: str, wrong: str, *, keys: bool, hub: bool) -> str:
        """Return its HTML, from where the server stands, what comes next, what was wrong, and the ways to sign in."""


class Door(Protocol):
    """Says who may come in."""

    async def receive(self, scope: Scope) -> Scope:
        """Return a request that tells who sent it, without anything secret in it.

        Args:
            scope: that :meth:`app.web.visit.Visits.receive` has returned.

        Raises:
            SettingsError: the keys cannot be read.
        """

    def url_for(self, place: str, scope: Scope) -> str:
        """Return this server's address as an app beside it is told: in place of a key, with a pass to that app alone.

        The app's answers hold that address, by which their reader goes on.

        Args:
            place: the app's path under the server's address, such as ``/models/local/app``; ``""`` for that itself.
            scope: that :meth:`receive` has returned.
        """

    def refusal(self, path: str, scope: Scope) -> HarpistError | None:
        """Return why a request may not be made; ``None`` where it may.

        Args:
            path: the request's, under this server's address.
            scope: that :meth:`receive` has returned.
        """

    def refuse(self, error: HarpistError, path: str, scope: Scope) -> Response | None:
        """Return the page where one signs in, for a browser that wanted to show another one; ``None`` for others."""

    async def answer(self, path: str, scope: Scope, receive: Receive) -> Response | None:
        """Answer what signs somebody in or out; ``None`` for any other path.

        Raises:
            HarpistError: what was sent is no form, or another site's page has sent it.
        """

    def own_shares(self, account: str) -> Mapping[str, int | float | str]:
        """Return what a caller has in place of the server's settings, by their names.

        Args:
            account: of :attr:`app.jobs.job.Caller.account`.

        Raises:
            SettingsError: the keys cannot be read.
        """


class OpenDoor:
    """Lets everybody in."""

    async def receive(self, scope: Scope) -> Scope:
        """Return the request, without a header that only this server may write."""
        return of_anyone(scope)

    def url_for(self, place: str, scope: Scope) -> str:
        """Return this server's address."""
        return visit_of(scope).url

    def refusal(self, path: str, scope: Scope) -> HarpistError | None:
        """Refuse nobody."""
        return None

    def refuse(self, error: HarpistError, path: str, scope: Scope) -> Response | None:
        """Show no page to sign in."""
        return None

    async def answer(self, path: str, scope: Scope, receive: Receive) -> Response | None:
        """Answer nothing."""
        return None

    def own_shares(self, account: str) -> Mapping[str, int | float | str]:
        """Return nothing."""
        return nothing_of_their_own(account)


def door(settings: Settings, page: SignInPage) -> Door:
    """Return the door that the operator wants; what knows people is imported where it is wanted only.

    Args:
        settings: the server's.
        page: where one signs in.
    """
    if not settings.asks_who:
        return OpenDoor()
    from app.web.access.access import Access

    return Access(settings, page)
