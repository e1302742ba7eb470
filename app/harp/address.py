"""Addresses as HARP takes them."""

from __future__ import annotations

import re

_ACCEPTED = re.compile(r"localhost|gradio\.live|hf\.space|.*\..*\..*\..*:")


def harp_url(url: str) -> str:
    """Return a URL that HARP accepts: localhost, an address with a port, or with ``#localhost`` behind it.

    >>> harp_url("http://127.0.0.1:7860/models/a/b"), harp_url("http://studio:7860")
    ('http://127.0.0.1:7860/models/a/b', 'http://studio:7860#localhost')
    """
    return url if _ACCEPTED.search(url) else f"{url}#localhost"
