"""Addresses as HARP takes them."""

from __future__ import annotations

import re

KEY_PLACE = "/key/YOUR-KEY"
"""What stands in an address where its reader's own key belongs: HARP sends no token that the hub does not know."""
_SPACE = re.compile(r"https?://[^/]+\.hf\.space")
_ACCEPTED = ("localhost", "gradio.live", "hf.space")


def harp_url(url: str) -> str:
    """Return a URL that HARP accepts: localhost, an address with a port, or one with a name that it knows behind ``#``.

    From 3.1 on HARP writes ``http://`` in front of what holds ``localhost`` and does not begin with that, so an https
    address ends with the other name that every version accepts.

    >>> harp_url("http://127.0.0.1:7860/models/a/b"), harp_url("http://studio:7860")
    ('http://127.0.0.1:7860/models/a/b', 'http://studio:7860#localhost')
    >>> harp_url("https://studio.example.com/models/a/b")
    'https://studio.example.com/models/a/b#.gradio.live'
    """
    three_dots_and_a_colon = url.rpartition(":")[0].count(".") >= 3
    if three_dots_and_a_colon or any(part in url for part in _ACCEPTED):
        return url
    return f"{url}#.gradio.live" if url.startswith("https:") else f"{url}#localhost"


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
