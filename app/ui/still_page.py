"""The page at ``/`` of a server whose models never change: the list alone, without what would manage them."""

from __future__ import annotations

from collections.abc import Callable


def still(page: Callable[[str], str]) -> Callable[[str], str]:
    """Return a page without its script; what only works with one is hidden there by the page's own style."""
    return lambda base_url: _without_scripts(page(base_url))


def _without_scripts(html: str) -> str:
    """Leave out every script element.

    >>> _without_scripts("<p>one</p><script>run()</script><p>two</p>")
    '<p>one</p><p>two</p>'
    """
    before, *scripts = html.split("<script")
    return before + "".join(script.partition("</script>")[2] for script in scripts)
