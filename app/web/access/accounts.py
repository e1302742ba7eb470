"""People with an account of the Hugging Face hub: asked there, and remembered for some minutes; no token is kept."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Callable, Sequence

from app.errors import HarpistError, SignInError
from app.hub.accounts import Account, account_of
from app.web.access.person import Person

_TOKEN = re.compile(r"hf_[A-Za-z0-9_]{3,200}")
_KNOWN, _UNKNOWN = 300.0, 60.0
"""Seconds that an answer of the hub's is remembered: whose a token is, and that it is nobody's."""
_MOST = 2000
"""Answers of each kind: made-up tokens must not push out those of people."""
_AT_ONCE = 4


class Accounts:
    """Tells who of the hub's users are let in.

    Args:
        allowed: names of users and organisations.
        ask: whose a token is; blocking.
    """

    def __init__(self, allowed: Sequence[str], ask: Callable[[str], Account | None] = account_of) -> None:
        self._allowed = frozenset(name.lower() for name in allowed)
        self._ask = ask
        self._known: dict[str, tuple[float, Account]] = {}
        self._unknown: dict[str, float] = {}
        self._asking = asyncio.Semaphore(_AT_ONCE)

    async def of_token(self, token: str) -> Person | SignInError | None:
        """Return who has sent a token; ``None`` where it is none of the hub's.

        Where the hub does not answer, or the account is not let in, the error says so.
        """
        if not self._allowed or not _TOKEN.fullmatch(token):
            return None
        try:
            account = await self._account(token)
        except HarpistError:
            return SignInError("The Hugging Face hub does not say whose your token is; try again in a minute.")
        if account is None:
            return SignInError("The Hugging Face hub does not know your token; make a new one there.")
        by = self._by(account)
        return _person(account.name) if by else _refused(account)

    def cookie(self, account: Account) -> str | SignInError:
        """Return what a cookie keeps of an account that has signed in, or why it is not let in."""
        by = self._by(account)
        return f"{account.name} {by}" if by else _refused(account)

    def of_cookie(self, kept: str) -> Person | None:
        """Return whom a cookie tells of; ``None`` where the operator lets that user or organisation in no more."""
        name, _, by = kept.partition(" ")
        return _person(name) if by in self._allowed else None

    def _by(self, account: Account) -> str:
        """Return the name by which an account is let in: its own, or an organisation's; ``""`` for none."""
        names = (name.lower() for name in (account.name, *account.organisations))
        return next((name for name in names if name in self._allowed), "")

    async def _account(self, token: str) -> Account | None:
        digest = hashlib.sha256(token.encode()).hexdigest()
        if not self._remembers(digest):
            async with self._asking:
                if not self._remembers(digest):
                    self._remember(digest, await asyncio.to_thread(self._ask, token))
        return self._known[digest][1] if digest in self._known else None

    def _remembers(self, digest: str) -> bool:
        """Return whether the hub's answer still holds; those who wait for another one keep nobody."""
        until = self._known[digest][0] if digest in self._known else self._unknown.get(digest, 0.0)
        return time.monotonic() < until

    def _remember(self, digest: str, account: Account | None) -> None:
        now = time.monotonic()
        self._known.pop(digest, None)
        self._unknown.pop(digest, None)
        if account is None:
            self._unknown[digest] = now + _UNKNOWN
        else:
            self._known[digest] = now + _KNOWN, account
        for kept in (self._known, self._unknown):
            if len(kept) > _MOST:
                del kept[next(iter(kept))]


def _person(name: str) -> Person:
    return Person(f"hf {name.lower()}", name)


def _refused(account: Account) -> SignInError:
    return SignInError(f"The Hugging Face account {account.name[:60]} is not let in here; ask the server's operator.")
