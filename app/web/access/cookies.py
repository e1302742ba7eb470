"""The cookie of someone who has signed in: who they are, signed, with the time, so that it ends."""

from __future__ import annotations

import secrets
import threading
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING

from app.hub.lock import locked
from app.whole_file import write_whole

if TYPE_CHECKING:
    from itsdangerous import URLSafeTimedSerializer

COOKIE = "harpist_person"
DAYS = 14
"""How long one stays signed in."""
_STATE, _STATE_SECONDS = "harpist_state", 600
"""The cookie of a browser that is signing in elsewhere, and for how many seconds it may."""
_SECRET = "cookies.secret"  # noqa: S105
_BYTES = 32
_LONGEST = 4096


class Cookies:
    """Makes and reads the cookies of one server's home folder: they hold across its restarts.

    Args:
        home: where what they are signed with lies, made when first needed.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / _SECRET
        self._secret = b""

    def value(self, who: str) -> str:
        """Return the cookie's value for somebody.

        Raises:
            OSError: what it is signed with cannot be read or written.
        """
        return str(self._serializer("person").dumps(who))

    def read(self, cookies: str) -> str:
        """Return who a ``Cookie`` header tells of; ``""`` where nobody, or one of another server, or too long ago."""
        return self._loaded(_sent(cookies, COOKIE), "person", DAYS * 86400)

    def state(self, text: str) -> str:
        """Return what goes along to where one signs in, and comes back from there."""
        return str(self._serializer("state").dumps(text))

    def read_state(self, value: str) -> str:
        """Return what went along; ``""`` where it is not from here, or too long ago."""
        return self._loaded(value, "state", _STATE_SECONDS)

    def open_pass(self, text: str) -> str:
        """Return what opens a part of this server for as long as one stays signed in, in place of a key."""
        return str(self._serializer("pass").dumps(text))

    def read_pass(self, value: str) -> str:
        """Return what a pass was made of; ``""`` where it is none of this server's, or too old."""
        return self._loaded(value, "pass", DAYS * 86400)

    def _loaded(self, value: str, about: str, seconds: int) -> str:
        from itsdangerous import BadSignature

        try:
            return str(self._serializer(about).loads(value[:_LONGEST], max_age=seconds)) if value else ""
        except (BadSignature, OSError):
            return ""

    def _serializer(self, about: str) -> URLSafeTimedSerializer:
        from itsdangerous import URLSafeTimedSerializer

        return URLSafeTimedSerializer(self._signing(), salt=f"harpist-{about}")

    def _signing(self) -> bytes:
        if not self._secret:
            self._secret = self._kept() or self._made()
        return self._secret

    def _kept(self) -> bytes:
        try:
            kept = self._path.read_bytes()
        except FileNotFoundError:
            return b""
        return kept if len(kept) == _BYTES else b""

    def _made(self) -> bytes:
        """Make what is signed with; of two servers that do so at once, both have the same."""
        with locked(self._path.with_name(f".{_SECRET}.lock"), lambda: None, threading.Event()):
            if not (kept := self._kept()):
                kept = secrets.token_bytes(_BYTES)
                write_whole(self._path, kept, 0o600)
        return kept


def header(value: str, path: str, *, secure: bool) -> str:
    """Return a ``Set-Cookie`` header; with ``""`` as the value, the one that takes the cookie away.

    Args:
        value: of the cookie.
        path: under which it is sent, such as ``/``.
        secure: only over TLS.
    """
    return _header(COOKIE, value, path, DAYS * 86400 if value else 0, secure=secure)


def state_header(nonce: str, path: str, *, secure: bool) -> str:
    """Return the ``Set-Cookie`` header of a browser that goes elsewhere to sign in, by which it is known again."""
    return _header(_STATE, nonce, path, _STATE_SECONDS, secure=secure)


def nonce_of(cookies: str) -> str:
    """Return what :func:`state_header` gave a browser; ``""`` for nothing."""
    return _sent(cookies, _STATE)


def _header(name: str, value: str, path: str, age: int, *, secure: bool) -> str:
    return f"{name}={value}; Path={path}; Max-Age={age}; HttpOnly; SameSite=Lax{'; Secure' if secure else ''}"


def _sent(cookies: str, name: str) -> str:
    try:
        sent = SimpleCookie(cookies[:_LONGEST]).get(name)
    except CookieError:
        return ""
    return "" if sent is None else sent.value


def without_ours(cookies: str) -> str:
    """Return a ``Cookie`` header without the one of this server, which is nobody else's business.

    >>> without_ours("a=1; harpist_person=x.y; b=2")
    'a=1; b=2'
    """
    kept = [part.strip() for part in cookies.split(";") if part.strip().partition("=")[0] != COOKIE]
    return "; ".join(part for part in kept if part)
