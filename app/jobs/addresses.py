"""Network addresses, as far as they tell callers apart."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

CLAIMS = " for "
"""Stands between a proxy's address and the one that it claims to ask for, where that is not believed."""
_SITE = 64
"""Bits of an IPv6 address that its network has; whoever is in it may take any of the others, as often as they like."""


# Asked several times a request, of a few callers.
@lru_cache(maxsize=512)
def plain_address(text: str) -> str:
    """Return a client's address; a client may reach ``localhost`` by IPv4 and, on its next call, by IPv6.

    >>> plain_address("::1"), plain_address("::ffff:192.0.2.7"), plain_address("192.0.2.7 for anybody")
    ('loopback', '192.0.2.7', '192.0.2.7 for anybody')
    """
    address = _parsed(text)
    if address is None:
        return text
    return "loopback" if address.is_loopback else str(address)


def sharing(text: str) -> str:
    """Return what counts as one caller where shares are counted: nothing of it is the caller's own choice.

    >>> sharing("192.0.2.7 for anybody"), sharing("127.0.0.1 for a"), sharing("2001:db8::17")
    ('192.0.2.7', 'loopback', '2001:db8::/64')
    """
    address = plain_address(text.partition(CLAIMS)[0])
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, _SITE), strict=False))
    return address


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
