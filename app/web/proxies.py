"""What a proxy in front of this server tells of a visitor: believed of those only that a setting names."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers

from app.errors import SettingsError

TOLD = (
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-gradio-server",
)
"""Headers with which a proxy tells of a visitor, or claims to; the last one is Gradio's own."""

_LONGEST = 4096
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Told:
    """What a proxy says of a visitor; ``""`` for what it does not say.

    Attributes:
        client: the visitor's IP address.
        scheme: ``http`` or ``https``.
        host: with its port, as it was sent.
        prefix: the path under which the proxy offers this server, such as ``/harpist``.
    """

    client: str = ""
    scheme: str = ""
    host: str = ""
    prefix: str = ""


def parse_proxies(names: Sequence[str]) -> tuple[Network, ...]:
    """Read addresses and networks of proxies; ``*`` is every address.

    Raises:
        SettingsError: one is none.
    """
    found: list[Network] = []
    for name in names:
        plain = {"localhost": ("127.0.0.0/8", "::1"), "*": ("0.0.0.0/0", "::/0")}.get(name, (name,))
        try:
            found += [ipaddress.ip_network(text, strict=False) for text in plain]
        except ValueError:
            raise SettingsError(
                "The setting trusted_proxy expects an address or a network, such as 127.0.0.1 or 10.0.0.0/8, "
                f"not “{name[:80]}”."
            ) from None
    return tuple(found)


class TrustedProxies:
    """The proxies that are believed.

    Args:
        names: addresses and networks, as the setting ``trusted_proxy`` has them.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._networks = parse_proxies(names)

    def told(self, peer: str, headers: Headers) -> Told:
        """Return what is to be believed of a request's headers.

        ``X-Forwarded-…`` goes before ``Forwarded`` (RFC 7239): a proxy that writes the former hands on what a visitor
        has put into the latter.

        Args:
            peer: the address that the connection comes from.
            headers: the request's.
        """
        if not self._networks or not self._trusts(peer):
            return Told()
        sent = {name: ", ".join(headers.getlist(name)) for name in TOLD}
        sent = {name: text if len(text) <= _LONGEST else "" for name, text in sent.items()}
        prefix = _first(sent["x-forwarded-prefix"]).rstrip("/")
        prefix = prefix if _PREFIX.fullmatch(prefix) and not {".", ".."} & set(prefix.split("/")) else ""
        if sent["x-forwarded-for"] or sent["x-forwarded-host"] or sent["x-forwarded-proto"]:
            scheme, host = _first(sent["x-forwarded-proto"]), _first(sent["x-forwarded-host"])
            chain = [text.strip() for text in sent["x-forwarded-for"].split(",")]
        else:
            elements = [dict(_pairs(element)) for element in _split(sent["forwarded"], ",")]
            scheme, host = (elements[0].get(name, "") if elements else "" for name in ("proto", "host"))
            chain = [element.get("for", "") for element in elements]
        scheme = scheme.lower() if scheme.lower() in ("http", "https") else ""
        return Told(self._client(chain), scheme, host, prefix)

    def _client(self, chain: Sequence[str]) -> str:
        """Return the last address in a chain that is no trusted proxy's: those before it are what it claims."""
        found = ""
        for text in reversed(chain):
            address = _address(text)
            if not address:
                break
            found = address
            if not self._trusts(address):
                break
        return found

    def _trusts(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return any((mapped or address) in network for network in self._networks)


def _first(text: str) -> str:
    """Return what the proxy nearest to the visitor wrote."""
    return text.partition(",")[0].strip()


def _address(text: str) -> str:
    """Return the IP address of ``192.0.2.7``, ``192.0.2.7:443``, ``[::1]:443`` or ``::1``; ``""`` of anything else."""
    text = text[1:].partition("]")[0] if text.startswith("[") else text
    text = text.partition(":")[0] if text.count(":") == 1 else text
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def _pairs(element: str) -> Iterator[tuple[str, str]]:
    for pair in _split(element, ";"):
        name, _, value = pair.partition("=")
        value = value.strip()
        quoted = len(value) > 1 and value[0] == value[-1] == '"'
        yield name.strip().lower(), value[1:-1].replace("\\", "") if quoted else value


def _split(text: str, separator: str) -> list[str]:
    """Split a header where no quotes are open."""
    parts, begin, quoted, escaped = [], 0, False, False
    for index, letter in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and letter == "\\":
            escaped = True
        elif letter == '"':
            quoted = not quoted
        elif letter == separator and not quoted:
            parts.append(text[begin:index])
            begin = index + 1
    return [part for part in [*parts, text[begin:]] if part.strip()]
