"""The names that this server is known by. Under any other, a page of another site may have led a browser here.

A site can let its own name lead to a visitor's machine (DNS rebinding), and its page then counts as this server's own.
It can do that with names only that the internet's name servers answer for, and never with an IP address.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache

_NETLOC = re.compile(r"(?:(?P<name>[A-Za-z0-9._-]{1,255})|\[(?P<six>[0-9A-Fa-f:.]{2,45})\])(?::(?P<port>[0-9]{1,5}))?")
_NEAR = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".home")
"""Ends of names that exist within one network only (RFC 6761, 6762, 8375, ICANN): nobody can buy one of them."""


def host_of(netloc: str) -> str:
    """Return the name or address of ``host:port``, in lower case; ``""`` where it is none.

    >>> host_of("Studio.local.:7860"), host_of("[::1]:7860"), host_of("user@evil.org")
    ('studio.local', '::1', '')
    """
    found = _NETLOC.fullmatch(netloc)
    return (found["name"] or found["six"]).lower().rstrip(".") if found else ""


class KnownHosts:
    """The names that a server answers to.

    Args:
        names: further ones, with ``*`` for any text.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._patterns = tuple(name.lower() for name in (*names, socket.gethostname()) if name)

    def __contains__(self, netloc: str) -> bool:
        host = host_of(netloc)
        if not host:
            return False
        if "." not in host or host.endswith(_NEAR) or is_address(host):
            return True
        return any(fnmatchcase(host, pattern) for pattern in self._patterns)


# Asked several times a request, of a few names.
@lru_cache(maxsize=512)
def is_address(host: str) -> bool:
    """Whether a host is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
