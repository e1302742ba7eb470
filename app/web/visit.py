"""The address under which a visitor reaches this server: found out once a request, for everything that makes a link.

HARP's file URLs, the pages, Gradio's root, the guests and the lists all read it from the request: behind this, a
request looks as if the visitor had asked this server itself, at its public address.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from app.config import Settings
from app.errors import AccessError, RequestError
from app.jobs.addresses import CLAIMS
from app.web.hosts import KnownHosts, host_of
from app.web.proxies import TOLD, TrustedProxies

_KEY = "harpist.visit"
_PORTS = {"http": ":80", "https": ":443"}
_HINTS = (*TOLD, "via", "x-real-ip")
_STRIPPED = frozenset(name.encode() for name in (*TOLD, "host"))
_OWN = (["models"], ["manager"], ["audacity"], ["gradio_api"])
"""First parts of this server's own paths, of which none can be told from a proxy's prefix."""
_LONGEST_CLAIM = 200


@dataclass(frozen=True)
class Visit:
    """How one request came.

    Attributes:
        scheme: ``http`` or ``https``.
        host: with its port, where that is not the scheme's own.
        prefix: the path at which a proxy offers this server, without a slash at its end; ``""`` for ``/``.
        hosts: every host that the request or the settings name, and under which a page is this server's own.
        forwarded: whether it came through a proxy, believed or not.
    """

    scheme: str
    host: str
    prefix: str
    hosts: tuple[str, ...]
    forwarded: bool

    @property
    def url(self) -> str:
        """The address of this server's ``/``, without a slash at its end."""
        return f"{self.scheme}://{self.host}{self.prefix}"


class Visits:
    """Finds out how requests came.

    Args:
        settings: the server's: ``public_url`` wins over what a proxy tells, and that over what the request says.
    """

    def __init__(self, settings: Settings) -> None:
        public = urlsplit(settings.public_url)
        self._public = public if public.netloc else None
        self._proxies = TrustedProxies(settings.trusted_proxy)
        self._known = KnownHosts([host_of(public.netloc), host_of(settings.host), *settings.allow_host])

    def receive(self, scope: Scope) -> Scope:
        """Return a request as if its visitor had sent it here directly, to the address that he knows.

        Its scheme, ``Host``, path, ``root_path`` and client are those that the visitor would name; what proxies told is
        gone from its headers. :func:`visit_of` tells the rest.

        Raises:
            AccessError: it names a host that this server is not known by.
            RequestError: it names none that can be one.
        """
        headers = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else ""
        told = self._proxies.told(peer, headers)
        named = [*headers.getlist("host"), *([told.host] if told.host else [])]
        self._check(named)
        scheme, prefix = told.scheme or scope.get("scheme", "http"), told.prefix or scope.get("root_path", "")
        host = named[-1] if named else _server(scope)
        if self._public is not None:
            scheme, host, prefix = self._public.scheme, self._public.netloc, self._public.path
            named.append(host)
        prefix = prefix.rstrip("/")
        forwarded = any(name in headers for name in _HINTS)
        hosts = tuple(name.lower() for name in named or [host])
        visit = Visit(scheme.lower(), without_usual_port(scheme, host), prefix, hosts, forwarded)
        client = scope.get("client")
        if told.client:
            client = (told.client, 0)
        elif claim := headers.get("x-forwarded-for", "")[:_LONGEST_CLAIM]:
            # Not believed, but whom a proxy tells apart stay apart: nobody ends another one's job.
            client = (f"{peer}{CLAIMS}{claim}", 0)
        return {**scope, **_moved(scope, visit), "client": client, _KEY: visit}

    def _check(self, named: list[str]) -> None:
        for host in named:
            if not host_of(host):
                raise RequestError("The header Host names no host; expected is a name or an address, with its port.")
            if host not in self._known:
                shown = host_of(host)[:80]
                raise AccessError(
                    f"This server is not known as “{shown}”. Open it as localhost or by its IP address, or start it "
                    f"with --allow-host {shown}, or with --public-url and the address that people open."
                )


def visit_of(scope: Scope) -> Visit:
    """Return how a request came that :meth:`Visits.receive` has returned."""
    visit: Visit = scope[_KEY]
    return visit


def moved_to(scope: Scope, part: str) -> Scope:
    """Return a request that came to an address under this server's, such as ``/key/…``, where the whole server stands.

    Args:
        scope: that :meth:`Visits.receive` has returned.
        part: the first part of its path, which belongs to the server's address from here on.
    """
    visit = replace(visit_of(scope), prefix=visit_of(scope).prefix + part)
    path: str = scope["path"] if scope["path"] != visit.prefix else f"{visit.prefix}/"
    return {**scope, "path": path, "root_path": visit.prefix, _KEY: visit}


def _moved(scope: Scope, visit: Visit) -> Scope:
    """Return what is another in a request once it stands at its visitor's address."""
    headers = [(b"host", visit.host.encode("latin-1"))]
    headers += [item for item in scope["headers"] if item[0].lower() not in _STRIPPED]
    path: str = scope["path"]
    raw: bytes = scope.get("raw_path") or path.encode()
    # A proxy leaves its prefix in the path, or takes it away.
    prefixes = [scope.get("root_path", ""), *([] if visit.prefix.split("/")[1:2] in _OWN else [visit.prefix])]
    inner, inner_raw = _without(path, prefixes), _without(raw.decode("latin-1"), prefixes)
    return {
        "scheme": visit.scheme,
        "headers": headers,
        "path": visit.prefix + inner,
        "raw_path": (visit.prefix + inner_raw).encode("latin-1"),
        "root_path": visit.prefix,
    }


def _without(path: str, prefixes: Iterable[str]) -> str:
    for prefix in (prefix.rstrip("/") for prefix in prefixes):
        if prefix and (path == prefix or path.startswith(prefix + "/")):
            path = path[len(prefix) :] or "/"
    return path


def without_usual_port(scheme: str, host: str) -> str:
    """Return a host as browsers write it.

    >>> without_usual_port("https", "studio.example:443")
    'studio.example'
    """
    return host.removesuffix(_PORTS.get(scheme.lower(), " "))


def _server(scope: Scope) -> str:
    name, port = scope.get("server") or ("localhost", None)
    name = f"[{name}]" if ":" in str(name) else str(name)
    return f"{name}:{port}" if port else name
