"""The look that every page shares: colours, type, the favicon, and the files under ``static/``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import quote

_STATIC = Path(__file__).parent / "static"

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1d4a46"/>'
    '<g stroke-width="2.4" stroke-linecap="round"><path d="M8 11v10M12 6v20" stroke="#f0b35a"/>'
    '<path d="M16 9v14M20 12v8" stroke="#fbf7ef"/><path d="M24 14v4" stroke="#f0b35a"/></g></svg>'
)

FAVICON = f"data:image/svg+xml,{quote(_ICON)}"
"""The site's icon as a data URI, so that no page asks for ``/favicon.ico``."""


@cache
def static_text(name: str) -> str:
    """Return a file of ``static/`` as text."""
    return (_STATIC / name).read_text(encoding="utf-8")
