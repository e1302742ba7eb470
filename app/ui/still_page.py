"""The page at ``/`` of a server whose models never change: the list alone, without what would manage them."""

from __future__ import annotations

import re
from collections.abc import Callable

_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)


def still(page: Callable[[str], str]) -> Callable[[str], str]:
    """Return a page without its script; what only works with one is hidden there by the page's own style."""
    return lambda base_url: _SCRIPT.sub("", page(base_url))
