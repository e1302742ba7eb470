"""Lets in who may be let in: every request passes here first, where the operator has asked for that."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope

from app.config import Settings
from app.errors import AccessError, HarpistError, NotFoundError, SignInError
from app.web.access.asking import Shown, of_person, shown_by
from app.web.access.cookies import Cookies, header
from app.web.access.keys import Key, KeyStore
from app.web.access.person import Person, person_of, why_nobody
from app.web.access.rules import Who, rule_for
from app.web.access.sign_in import read_form, safe_next
from app.web.callers import refuse_foreign
from app.web.problems import wrong_method
from app.web.visit import visit_of

_NO_STORE = {"Cache-Control": "no-store"}
_NOBODY = (
    "This server wants a key, which its operator gives you. In HARP it goes into the address: "
    "SERVER/key/YOUR-KEY/models/…"
)
_UNKNOWN = (
    "This key opens nothing here: it is mistyped, or it was revoked. The server's operator gives you another one."
)
_MAY_NOT = "Your key may use models, not install or remove them; the server's operator can give you one that may."

SignInPage = Callable[[str, str, str], str]
"""Makes the page: from the path under which the server stands, where it leads, and what was wrong (``""``: nothing)."""


class Access:
    """Who may use the server.

    Args:
        settings: the server's.
        page: where one signs in.
    """

    def __init__(self, settings: Settings, page: SignInPage) -> None:
        self.required = settings.require_key
        self._install_token = settings.install_token
        self._keys = KeyStore(settings.home)
        self._cookies = Cookies(settings.home)
        self._page = page

    def receive(self, scope: Scope) -> Scope:
        """Return a request that tells who sent it, without anything secret in it.

        Args:
            scope: that :meth:`app.web.visit.Visits.receive` has returned.

        Raises:
            SettingsError: the keys cannot be read.
        """
        if not self.required:
            return scope
        shown, scope = shown_by(scope)
        return of_person(scope, self._person(shown))

    def refusal(self, path: str, scope: Scope) -> HarpistError | None:
        """Return why a request may not be made; ``None`` where it may.

        Args:
            path: the request's, under this server's address.
            scope: that :meth:`receive` has returned.
        """
        if not self.required:
            return None
        rule = rule_for(scope["method"], path)
        if rule is not None and rule.who is Who.ANYONE:
            return None
        person = person_of(scope)
        if person is None:
            return why_nobody(scope)
        if rule is None:
            return NotFoundError("This server has no such address.")
        return AccessError(_MAY_NOT) if rule.who is Who.INSTALLER and not person.may_install else None

    def refuse(self, error: HarpistError, path: str, scope: Scope) -> Response | None:
        """Return the page where one signs in, for a browser that wanted to show another one; ``None`` for others.

        Args:
            error: why it is not shown.
            path: the request's, under this server's address.
            scope: the request's.
        """
        if not isinstance(error, SignInError) or not _shows_pages(scope):
            return None
        query = scope.get("query_string", b"").decode("latin-1")
        to = "/" if path.startswith("/sign-") else quote(path, safe="/=:@~+") + (f"?{query}" if query else "")
        wrong = "" if error.message == _NOBODY else error.message
        return HTMLResponse(self._page(visit_of(scope).prefix, safe_next(to), wrong), 401, _NO_STORE)

    async def answer(self, path: str, scope: Scope, receive: Receive) -> Response | None:
        """Answer what signs somebody in or out; ``None`` for any other path.

        Raises:
            HarpistError: what was sent is no form, or another site's page has sent it.
        """
        if path == "/sign-out" and self.required:
            return self._sign_out(scope)
        if path == "/sign-in" and self.required:
            return await self._sign_in(scope, receive)
        return self._from_address(path, scope)

    def _from_address(self, path: str, scope: Scope) -> Response | None:
        """Sign a browser in that comes to a page by an address with a key in it, and lead it to one without."""
        found = visit_of(scope).prefix.rpartition("/key/")
        if not self.required or not found[1] or not _shows_pages(scope) or person_of(scope) is None:
            return None
        key = self._keys.find(found[2])
        return None if key is None else self._signed_in(key, found[0], path, scope)

    async def _sign_in(self, scope: Scope, receive: Receive) -> Response:
        prefix = visit_of(scope).prefix
        if scope["method"] in ("GET", "HEAD"):
            return HTMLResponse(self._page(prefix, "/", ""), headers=_NO_STORE)
        if scope["method"] != "POST":
            return wrong_method("GET, HEAD, POST")
        refuse_foreign(scope)
        form = await read_form(scope, receive)
        key = self._keys.find(form.key)
        if key is None:
            return HTMLResponse(self._page(prefix, form.to, _UNKNOWN), 401, _NO_STORE)
        return self._signed_in(key, prefix, form.to, scope)

    def _signed_in(self, key: Key, prefix: str, to: str, scope: Scope) -> Response:
        answer = RedirectResponse(prefix + to, 303, _NO_STORE)
        secure = visit_of(scope).scheme == "https"
        answer.headers.append("Set-Cookie", header(self._cookies.value(key.digest), f"{prefix}/", secure=secure))
        return answer

    def _sign_out(self, scope: Scope) -> Response:
        if scope["method"] != "POST":
            return wrong_method("POST")
        refuse_foreign(scope)
        visit = visit_of(scope)
        answer = RedirectResponse(f"{visit.prefix}/sign-in", 303, _NO_STORE)
        answer.headers.append("Set-Cookie", header("", f"{visit.prefix}/", secure=visit.scheme == "https"))
        return answer

    def _person(self, shown: Shown) -> Person | SignInError:
        for secret in (shown.key, shown.bearer, shown.token):
            if secret and (key := self._keys.find(secret)) is not None:
                return _of_key(key)
            if secret and self._install_token and hmac.compare_digest(secret.encode(), self._install_token.encode()):
                return Person("install token", "install token", may_install=True)
        if shown.anything:
            return SignInError(_UNKNOWN)
        signed_in = self._cookies.read(shown.cookies) if shown.cookies else ""
        key = self._keys.of_digest(signed_in) if signed_in else None
        return SignInError(_NOBODY) if key is None else _of_key(key)


def _of_key(key: Key) -> Person:
    return Person(f"key {key.digest[:16]}", key.name, key.may_install)


def _shows_pages(scope: Scope) -> bool:
    return scope["method"] in ("GET", "HEAD") and Headers(scope=scope).get("accept", "").startswith("text/html")
