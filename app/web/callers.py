"""Who is calling, and whether it is a page of another site."""

from __future__ import annotations

import hashlib
import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from app.errors import AccessError
from app.jobs.addresses import plain_address
from app.jobs.job import Caller, known_in
from app.web.hosts import host_of, is_address
from app.web.visit import visit_of, without_usual_port

_LONGEST_CLIENT = 200


def caller_of(scope: Scope) -> Caller:
    """Return who sent a request: its address, a digest of its token, and HARP 4's value for one model tab."""
    headers = Headers(scope=scope)
    token = headers.get("authorization", "")
    known, name = known_in(token)
    return Caller(
        address=plain_address(scope["client"][0] if scope.get("client") else ""),
        token=hashlib.sha256(token.encode()).hexdigest() if token else "",
        client=headers.get("x-harp-client", "")[:_LONGEST_CLIENT],
        host=headers.get("host", "")[:_LONGEST_CLIENT].lower(),
        known=known,
        name=name,
    )


def is_foreign(scope: Scope) -> bool:
    """Return whether a page of another site sent this request: a browser names that site in ``Origin``."""
    origin = Headers(scope=scope).get("origin")
    if origin is None:
        return False
    try:
        site = urlsplit(origin)
    except ValueError:  # brackets that hold no address
        return True
    own = {without_usual_port(site.scheme, host) for host in visit_of(scope).hosts}
    return without_usual_port(site.scheme, site.netloc.lower()) not in own


def refuse_foreign(scope: Scope) -> None:
    """Keep pages of other sites from making this server work.

    Raises:
        AccessError: such a page sent the request.
    """
    if is_foreign(scope):
        raise AccessError(
            "This server takes calls from its own pages and from programs, not from another site's page. If this is "
            "its own page, behind a proxy: start the server with --public-url and the address that the browser shows."
        )


def on_this_machine(scope: Scope) -> bool:
    """Whether a caller is on this machine and speaks to it as such.

    Whoever comes through a proxy is not; nor is a page whose name was made to lead to this machine.
    """
    visit = visit_of(scope)
    here = all(_is_own_host(host_of(host)) for host in visit.hosts)
    return caller_of(scope).address == "loopback" and not visit.forwarded and here


@lru_cache(maxsize=512)
def _is_own_host(host: str) -> bool:
    return host == "localhost" or (is_address(host) and ipaddress.ip_address(host).is_loopback)
