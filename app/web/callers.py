"""Who is calling, and under which address the caller reaches this server."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from app.errors import AccessError
from app.jobs.job import Caller

_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_LONGEST_CLIENT = 200


def caller_of(scope: Scope) -> Caller:
    """Return who sent a request: its address, a digest of its token, and HARP 4's value for one model tab."""
    headers = Headers(scope=scope)
    token = headers.get("authorization", "")
    return Caller(
        address=_address(scope),
        token=hashlib.sha256(token.encode()).hexdigest() if token else "",
        client=headers.get("x-harp-client", "")[:_LONGEST_CLIENT],
        host=headers.get("host", "")[:_LONGEST_CLIENT].lower(),
    )


def _address(scope: Scope) -> str:
    """Return the client's address; a client may reach ``localhost`` by IPv4 and, on its next call, by IPv6."""
    text = scope["client"][0] if scope.get("client") else ""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    address = mapped or address
    return "loopback" if address.is_loopback else str(address)


def server_url(scope: Scope, public_url: str) -> str:
    """Return the URL under which the caller reaches the server's ``/``, without a slash at the end.

    ``public_url`` wins. Otherwise a proxy's ``X-Forwarded-Proto`` and ``X-Forwarded-Host`` count when they can be a
    scheme and a host. Anyone can send them, but they only shape the answer to whoever sent them, and no answer
    that is built with them may be cached.
    """
    if public_url:
        return public_url.rstrip("/")
    scheme = _first(scope, "x-forwarded-proto").lower()
    if scheme not in ("http", "https"):
        scheme = scope.get("scheme", "http")
    return f"{scheme}://{_host(scope)}{scope.get('root_path', '').rstrip('/')}"


def _first(scope: Scope, name: str) -> str:
    """Return a forwarded header as the proxy nearest to the client wrote it."""
    return Headers(scope=scope).get(name, "").partition(",")[0].strip()


def _host(scope: Scope) -> str:
    for host in (_first(scope, "x-forwarded-host"), Headers(scope=scope).get("host", "")):
        if _HOST.fullmatch(host):
            return host
    name, port = scope.get("server") or ("localhost", None)
    return f"{name}:{port}" if port else str(name)


def is_foreign(scope: Scope, public_url: str) -> bool:
    """Return whether a page of another site sent this request: a browser names that site in ``Origin``."""
    origin = Headers(scope=scope).get("origin")
    if origin is None:
        return False
    own = {urlsplit(public_url).netloc.lower(), Headers(scope=scope).get("host", "").lower(), _host(scope).lower()}
    try:
        site = urlsplit(origin).netloc.lower()
    except ValueError:  # brackets that hold no address
        return True
    return site not in own - {""}


def refuse_foreign(scope: Scope, public_url: str) -> None:
    """Keep pages of other sites from making this server work.

    Raises:
        AccessError: such a page sent the request.
    """
    if is_foreign(scope, public_url):
        raise AccessError("This server takes calls from its own pages and from programs, not from another site's page.")
