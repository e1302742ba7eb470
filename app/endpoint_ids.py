"""What endpoints are called: ``owner/name``, in characters that stand in an address as they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from app.errors import SettingsError

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")


def check_id(text: str) -> str:
    """Return ``text`` if it can name an endpoint: ``owner/name``, as the Hugging Face hub writes it.

    >>> check_id("harpist/pitch-notes")
    'harpist/pitch-notes'

    Raises:
        SettingsError: it cannot.
    """
    if not _ID.fullmatch(text) or ".." in text:
        shown = " ".join(text.split())[:80]
        raise SettingsError(f"An endpoint is named OWNER/NAME, in letters, digits, “-”, “_” and “.”, not “{shown}”.")
    return text


def local_id(taken: Collection[str], name: str) -> str:
    """Return ``local/<name>``, in the characters of an id, and none of those that are taken.

    >>> local_id(["local/my-model"], "my model")
    'local/my-model-2'
    """
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", _without_accents(name)).strip("-_")[:80] or "model"
    return free_id(taken, f"local/{safe}")


def free_id(taken: Collection[str], wanted: str) -> str:
    """Return an id that is none of those that are taken: the wanted one, or with a number behind it."""
    endpoint_id, number = wanted, 2
    while endpoint_id in taken:
        endpoint_id, number = f"{wanted}-{number}", number + 1
    return endpoint_id


def slug(name: str) -> str:
    """Return a name in small letters and digits, words apart by hyphens; empty where it has none.

    >>> slug("Pitch Shifter (v2)")
    'pitch-shifter-v2'
    """
    return re.sub(r"[^a-z0-9]+", "-", _without_accents(name).lower()).strip("-")


def _without_accents(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
