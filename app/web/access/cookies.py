"""The cookie of someone who has signed in: who they are, signed, with the time, so that it ends."""

from __future__ import annotations

import secrets
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING

from app.whole_file import write_whole

if TYPE_CHECKING:
    from itsdangerous import URLSafeTimedSerializer

COOKIE = "harpist_person"
DAYS = 14
"""How long one stays signed in."""
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
        self._made: URLSafeTimedSerializer | None = None

    def value(self, who: str) -> str:
        """Return the cookie's value for somebody.

        Raises:
            OSError: what it is signed with cannot be read or written.
        """
        return str(self._serializer().dumps(who))

    def read(self, cookies: str) -> str:
        """Return who a ``Cookie`` header tells of; ``""`` where nobody, or one of another server, or too long ago."""
        from itsdangerous import BadSignature

        try:
            sent = SimpleCookie(cookies[:_LONGEST]).get(COOKIE)
            return "" if sent is None else str(self._serializer().loads(sent.value, max_age=DAYS * 86400))
        except (BadSignature, CookieError, OSError):
            return ""

    def _serializer(self) -> URLSafeTimedSerializer:
        from itsdangerous import URLSafeTimedSerializer

        if self._made is None:
            self._made = URLSafeTimedSerializer(self._signing(), salt="harpist-person")
        return self._made

    def _signing(self) -> bytes:
        try:
            kept = self._path.read_bytes()
        except FileNotFoundError:
            kept = b""
        if len(kept) != _BYTES:
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
    age = DAYS * 86400 if value else 0
    return f"{COOKIE}={value}; Path={path}; Max-Age={age}; HttpOnly; SameSite=Lax{'; Secure' if secure else ''}"


def without_ours(cookies: str) -> str:
    """Return a ``Cookie`` header without the one of this server, which is nobody else's business.

    >>> without_ours("a=1; harpist_person=x.y; b=2")
    'a=1; b=2'
    """
    kept = [part.strip() for part in cookies.split(";") if part.strip().partition("=")[0] != COOKIE]
    return "; ".join(part for part in kept if part)
