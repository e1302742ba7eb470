"""Signing in and out with a browser: by a key, by an address that holds one, or at the Hugging Face hub."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope

from app.config import Settings
from app.errors import HarpistError, RequestError, SignInError, TooLargeError
from app.hub.accounts import account_by_code, sign_in_address
from app.web.access.accounts import Accounts
from app.web.access.cookies import Cookies, header, nonce_of, state_header
from app.web.access.door import SignInPage
from app.web.access.keys import KeyStore
from app.web.access.person import person_of
from app.web.bodies import blocks
from app.web.callers import refuse_foreign
from app.web.problems import wrong_method
from app.web.visit import visit_of

_NO_STORE = {"Cache-Control": "no-store"}
_LARGEST = 16 * 1024
_LONGEST_KEY = 512
_OWN = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")
UNKNOWN_KEY = (
    "This key opens nothing here: it is mistyped, or it was revoked. The server's operator gives you another one."
)
_EXPIRED = "Signing in at Hugging Face was not finished, or took too long; try again."


@dataclass(frozen=True)
class Form:
    """What was filled in: the key, and the path under this server's address that was asked for."""

    key: str
    to: str


class SignIn:
    """Answers ``/sign-in``, ``/sign-out``, and pages whose address has a key in it.

    Args:
        settings: the server's.
        keys: that open it.
        accounts: of the hub that are let in.
        cookies: tell who has signed in.
        page: where one does.
    """

    def __init__(
        self, settings: Settings, keys: KeyStore, accounts: Accounts, cookies: Cookies, page: SignInPage
    ) -> None:
        self._keys = keys
        self._accounts = accounts
        self._cookies = cookies
        self._page = page
        self._client = (settings.hf_client_id, settings.hf_client_secret)
        self._by_key = settings.require_key
        self._by_hub = bool(settings.allow_hf and all(self._client))

    async def answer(self, path: str, scope: Scope, receive: Receive) -> Response | None:
        """Answer a request; ``None`` where it is about something else.

        Raises:
            HarpistError: what was sent is no form, or another site's page has sent it.
        """
        reads, query = scope["method"] in ("GET", "HEAD"), scope.get("query_string", b"").decode("latin-1")
        if path == "/sign-out":
            return self._out(scope)
        if path == "/sign-in":
            if reads:
                return self._shown(scope, safe_next(dict(parse_qsl(query)).get("to", "/")))
            return (
                await self._with_key(scope, receive) if scope["method"] == "POST" else wrong_method("GET, HEAD, POST")
            )
        if path in ("/sign-in/hugging-face", "/sign-in/hugging-face/done") and self._by_hub:
            if not reads:
                return wrong_method("GET, HEAD")
            given = dict(parse_qsl(query[:_LARGEST]))
            return self._to_hub(given, scope) if path.endswith("face") else await self._from_hub(given, scope)
        return self._from_address(path, scope)

    def instead(self, path: str, scope: Scope, wrong: str) -> Response | None:
        """Return the page where one signs in, in place of another; ``None`` for whoever shows no pages.

        Args:
            path: that was asked for, under this server's address.
            scope: the request's.
            wrong: what was wrong with what was shown; ``""`` for nothing.
        """
        if not _shows_pages(scope):
            return None
        query = scope.get("query_string", b"").decode("latin-1")
        to = "/" if path.startswith("/sign-") else quote(path, safe="/=:@~+") + (f"?{query}" if query else "")
        return self._shown(scope, safe_next(to), wrong, 401)

    def _shown(self, scope: Scope, to: str, wrong: str = "", status: int = 200) -> Response:
        page = self._page(visit_of(scope).prefix, to, wrong, keys=self._by_key, hub=self._by_hub)
        return HTMLResponse(page, status, _NO_STORE)

    async def _with_key(self, scope: Scope, receive: Receive) -> Response:
        refuse_foreign(scope)
        form = await read_form(scope, receive)
        key = self._keys.find(form.key) if self._by_key else None
        if key is None:
            return self._shown(scope, form.to, UNKNOWN_KEY, 401)
        return self._in(f"key {key.digest}", visit_of(scope).prefix, form.to, scope)

    def _from_address(self, path: str, scope: Scope) -> Response | None:
        """Sign a browser in that comes to a page by an address with a key in it, and lead it to one without."""
        before, here, secret = visit_of(scope).prefix.rpartition("/key/")
        if not here or not _shows_pages(scope) or person_of(scope) is None:
            return None
        key = self._keys.find(secret)
        return None if key is None else self._in(f"key {key.digest}", before, path, scope)

    def _to_hub(self, given: Mapping[str, str], scope: Scope) -> Response:
        nonce = secrets.token_urlsafe(16)
        state = self._cookies.state(f"{nonce} {safe_next(given.get('to', '/'))}")
        visit = visit_of(scope)
        answer = RedirectResponse(sign_in_address(self._client[0], _back(scope), state), 303, _NO_STORE)
        secure = visit.scheme == "https"
        answer.headers.append("Set-Cookie", state_header(nonce, f"{visit.prefix}/", secure=secure))
        return answer

    async def _from_hub(self, given: Mapping[str, str], scope: Scope) -> Response:
        nonce, _, to = self._cookies.read_state(given.get("state", "")).partition(" ")
        if not nonce or nonce != nonce_of(Headers(scope=scope).get("cookie", "")) or not given.get("code"):
            return self._shown(scope, "/", _EXPIRED, 401)
        try:
            account = await asyncio.to_thread(account_by_code, given["code"], *self._client, _back(scope))
        except HarpistError as error:
            return self._shown(scope, to, error.message, 401)
        if account is None:
            return self._shown(scope, to, _EXPIRED, 401)
        who = self._accounts.cookie(account)
        if isinstance(who, SignInError):
            return self._shown(scope, to, who.message, 401)
        return self._in(f"hf {who}", visit_of(scope).prefix, safe_next(to), scope)

    def _in(self, who: str, prefix: str, to: str, scope: Scope) -> Response:
        answer = RedirectResponse(prefix + to, 303, _NO_STORE)
        secure = visit_of(scope).scheme == "https"
        answer.headers.append("Set-Cookie", header(self._cookies.value(who), f"{prefix}/", secure=secure))
        return answer

    def _out(self, scope: Scope) -> Response:
        if scope["method"] != "POST":
            return wrong_method("POST")
        refuse_foreign(scope)
        visit = visit_of(scope)
        answer = RedirectResponse(f"{visit.prefix}/sign-in", 303, _NO_STORE)
        answer.headers.append("Set-Cookie", header("", f"{visit.prefix}/", secure=visit.scheme == "https"))
        return answer


async def read_form(scope: Scope, receive: Receive) -> Form:
    """Read what the page has sent.

    Raises:
        RequestError: it is no form.
        TooLargeError: it is larger than any.
    """
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise RequestError("Expected is the form of the page /sign-in.")
    body = b""
    async for block in blocks(receive):
        body += block
        if len(body) > _LARGEST:
            raise TooLargeError("This is more than the page /sign-in sends.")
    filled = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return Form(filled.get("key", "").strip()[:_LONGEST_KEY], safe_next(filled.get("to", "")))


def safe_next(path: str) -> str:
    """Return a path under this server's address, ``/`` in place of one that could lead elsewhere.

    >>> safe_next("/models/a/b?x=1"), safe_next("//evil.example"), safe_next("https://evil.example")
    ('/models/a/b?x=1', '/', '/')
    """
    return path if _OWN.fullmatch(path) and len(path) <= 2000 else "/"


def _back(scope: Scope) -> str:
    return f"{visit_of(scope).url}/sign-in/hugging-face/done"


def _shows_pages(scope: Scope) -> bool:
    return scope["method"] in ("GET", "HEAD") and Headers(scope=scope).get("accept", "").startswith("text/html")
