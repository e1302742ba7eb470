"""Addresses as HARP takes them."""

from __future__ import annotations

import re

_SPACE = re.compile(r"https?://[^/]+\.hf\.space")
_ACCEPTED = ("localhost", "gradio.live", "hf.space")


def harp_url(url: str) -> str:
    """Return a URL that HARP accepts: localhost, an address with a port, or with ``#localhost`` behind it.

    >>> harp_url("http://127.0.0.1:7860/models/a/b"), harp_url("http://studio:7860")
    ('http://127.0.0.1:7860/models/a/b', 'http://studio:7860#localhost')
    """
    three_dots_and_a_colon = url.rpartition(":")[0].count(".") >= 3
    accepted = three_dots_and_a_colon or any(part in url for part in _ACCEPTED)
    return url if accepted else f"{url}#localhost"


def model_address(server: str, endpoint_id: str, *, is_root: bool) -> str:
    """Return what one pastes into HARP for an endpoint; ``""`` where HARP cannot reach it.

    Of a Hugging Face Space HARP 4 takes the address alone, at which the root answers, and no path.

    >>> model_address("https://me-my.hf.space", "a/b", is_root=True)
    'https://me-my.hf.space'
    >>> model_address("https://me-my.hf.space", "a/b", is_root=False)
    ''
    >>> model_address("http://localhost:7860", "a/b", is_root=True)
    'http://localhost:7860/models/a/b'

    Args:
        server: the server's URL, without a slash at the end.
        endpoint_id: ``owner/name``.
        is_root: whether the endpoint answers at that URL itself.
    """
    if _SPACE.fullmatch(server):
        return server if is_root else ""
    return harp_url(f"{server}/models/{endpoint_id}")
