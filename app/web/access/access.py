"""Lets in who may be let in: the door of a server whose operator has asked for that."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response
from starlette.types import Receive, Scope

from app.config import Settings
from app.errors import AccessError, HarpistError, NotFoundError, SignInError
from app.web.access.accounts import Accounts
from app.web.access.asking import Shown, of_person, shown_by
from app.web.access.cookies import Cookies
from app.web.access.door import SignInPage
from app.web.access.keys import Key, KeyStore, of_key
from app.web.access.person import Person, person_of, why_nobody
from app.web.access.rules import Who, rule_for
from app.web.access.sign_in import UNKNOWN_KEY, SignIn
from app.web.visit import visit_of

_LACKING = {
    Who.INSTALLER: (
        "install",
        "Your key may use models, not install or remove them; the server's operator can give you one that may.",
    ),
    Who.WATCHER: ("metrics", "Your key may not read the metrics; “keys add NAME --may metrics” makes one that may."),
}
_KEYS = "a key, which its operator gives you. In HARP it goes into the address: SERVER/key/YOUR-KEY/models/…"
_ACCOUNTS = "a Hugging Face account that its operator knows. In HARP, save a token of yours in its settings"


class Access:
    """Who may use the server.

    Args:
        settings: the server's.
        page: where one signs in.
    """

    def __init__(self, settings: Settings, page: SignInPage) -> None:
        self._by_key = settings.require_key
        self._install_token = settings.install_token
        self._keys = KeyStore(settings.home)
        self._accounts = Accounts(settings.allow_hf)
        self._cookies = Cookies(settings.home)
        self._sign_in = SignIn(settings, self._keys, self._accounts, self._cookies, page)
        wanted = [*([_ACCOUNTS] if settings.allow_hf else []), *([_KEYS] if settings.require_key else [])]
        self._nobody = f"This server wants {'; or '.join(wanted)}."

    async def receive(self, scope: Scope) -> Scope:
        """Return a request that tells who sent it; see :class:`app.web.access.door.Door`, as for the rest."""
        shown, scope = shown_by(scope)
        path = scope["path"].removeprefix(visit_of(scope).prefix)
        return of_person(scope, await self._person(shown, path))

    def url_for(self, place: str, scope: Scope) -> str:
        """Return this server's address, in place of a key with a pass to one app alone."""
        visit = visit_of(scope)
        before, here, secret = visit.prefix.rpartition("/key/")
        key = self._keys.find(secret) if here else None
        if key is None:
            return visit.url
        return replace(visit, prefix=f"{before}/key/{self._cookies.open_pass(f'{key.digest} {place}')}").url

    def refusal(self, path: str, scope: Scope) -> HarpistError | None:
        """Return why a request may not be made; ``None`` where it may."""
        rule = rule_for(scope["method"], path)
        if rule is not None and rule.who is Who.ANYONE:
            return None
        person = person_of(scope)
        if person is None:
            return why_nobody(scope)
        if rule is None:
            return NotFoundError("This server has no such address.")
        lacking = _LACKING.get(rule.who)
        return AccessError(lacking[1]) if lacking is not None and lacking[0] not in person.may else None

    def refuse(self, error: HarpistError, path: str, scope: Scope) -> Response | None:
        """Return the page where one signs in, for a browser that wanted to show another one; ``None`` for others."""
        if not isinstance(error, SignInError):
            return None
        return self._sign_in.instead(path, scope, "" if error.message == self._nobody else error.message)

    async def answer(self, path: str, scope: Scope, receive: Receive) -> Response | None:
        """Answer what signs somebody in or out; ``None`` for any other path.

        Raises:
            HarpistError: what was sent is no form, or another site's page has sent it.
        """
        return await self._sign_in.answer(path, scope, receive)

    def own_shares(self, account: str) -> Mapping[str, int | float | str]:
        """Return what a key's owner has in place of the server's settings."""
        return self._keys.limits_of(account) if self._by_key else {}

    async def _person(self, shown: Shown, path: str) -> Person | SignInError:
        if shown.key and (key := self._find(shown.key) or self._passed(shown.key, path)) is not None:
            return of_key(key)
        for secret in (shown.bearer, shown.token):
            if secret and (key := self._find(secret)) is not None:
                return of_key(key)
            if secret and self._install_token and hmac.compare_digest(secret.encode(), self._install_token.encode()):
                return Person("install token", "install token", frozenset(("install",)))
        if shown.bearer and (found := await self._accounts.of_token(shown.bearer)) is not None:
            return found
        if shown.anything:
            return SignInError(UNKNOWN_KEY)
        kind, _, who = (self._cookies.read(shown.cookies) if shown.cookies else "").partition(" ")
        if kind == "hf" and (person := self._accounts.of_cookie(who)) is not None:
            return person
        signed_in = self._keys.of_digest(who) if kind == "key" and self._by_key else None
        return SignInError(self._nobody) if signed_in is None else of_key(signed_in)

    def _find(self, secret: str) -> Key | None:
        return self._keys.find(secret) if self._by_key else None

    def _passed(self, text: str, path: str) -> Key | None:
        """Return the key whose pass this is, where it is one to this path."""
        digest, _, place = self._cookies.read_pass(text).partition(" ")
        within = path.startswith(f"{place}/" if place else "/gradio_api/")
        return self._keys.of_digest(digest) if digest and within and self._by_key else None
