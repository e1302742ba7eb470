"""What HARP makes of the address that its user pasted."""

from __future__ import annotations

from fnmatch import fnmatchcase

from tests.wire.transport import HarpError


def is_local(address: str) -> bool:
    """Whether the client takes an address for one of this machine or network."""
    return "localhost" in address or fnmatchcase(address, "*.*.*.*:*")


def with_http(address: str) -> str:
    """Return the URL that HARP asks from 3.1 on: of a local address, one that begins with ``http://`` in any case."""
    if is_local(address):
        return address if address.startswith("http://") else f"http://{address}"
    if (address.startswith("https://") and address.endswith(".gradio.live")) or ".hf.space" in address:
        return address
    raise HarpError("The model path is invalid.")
