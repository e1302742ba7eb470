"""What a user pastes: a hub id, an id with a revision, or the address of a model's page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from app.errors import InputError

HOSTS = ("huggingface.co", "www.huggingface.co", "hf.co", "www.hf.co")
COMMIT = re.compile(r"[0-9a-f]{40}")

_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?"
_ID = re.compile(rf"{_PART}/{_PART}")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
_OTHER_KINDS = ("datasets", "spaces", "papers", "collections", "docs", "api", "models", "blog", "tasks", "settings")
_BEFORE_REVISION = ("tree", "blob", "resolve", "raw", "commit", "commits")


@dataclass(frozen=True)
class ModelReference:
    """A model of the hub, and which state of it.

    Attributes:
        id: ``owner/name``.
        revision: branch, tag or commit; ``""`` for the default branch.
    """

    id: str
    revision: str = ""

    def __str__(self) -> str:
        return f"{self.id}@{self.revision}" if self.revision else self.id


def is_model_id(text: object) -> bool:
    """Whether ``text`` can name a model of the hub, and a folder of ours; it comes from the network."""
    return (
        isinstance(text, str)
        and _ID.fullmatch(text) is not None
        and not any(odd in text for odd in ("..", "--"))
        and not text.endswith(".git")
        and text.split("/")[0].lower() not in _OTHER_KINDS
    )


def parse_reference(text: str, *, hosts: tuple[str, ...] = HOSTS) -> ModelReference:
    """Read what a user pasted.

    >>> parse_reference("https://huggingface.co/hugggof/demucs_extra/tree/v1.0")
    ModelReference(id='hugggof/demucs_extra', revision='v1.0')
    >>> str(parse_reference(" hugggof/demucs_extra@main "))
    'hugggof/demucs_extra@main'

    Args:
        text: ``OWNER/NAME``, ``OWNER/NAME@REVISION``, or an address on the hub with or without ``https://``.
        hosts: the names of the hub.

    Raises:
        InputError: it names no model of the hub.
    """
    pasted = text.strip().strip("<>\"'“”")
    reference = _from_address(pasted, hosts) or _from_id(pasted)
    if reference is None:
        shown = " ".join(text.split())[:80]
        raise InputError(f"“{shown}” is not a hub id: expected OWNER/NAME, OWNER/NAME@REVISION or the model's address.")
    return reference


def _from_id(text: str) -> ModelReference | None:
    model_id, at, revision = text.partition("@")
    if not is_model_id(model_id) or (at and not _is_revision(revision)):
        return None
    return ModelReference(model_id, revision)


def _from_address(text: str, hosts: tuple[str, ...]) -> ModelReference | None:
    has_scheme = re.match(r"https?://", text, re.IGNORECASE) is not None
    try:
        address = urlsplit(text if has_scheme else f"https://{text}")
        host = address.hostname or ""
    except ValueError:
        return None
    if host.lower() not in hosts:
        return None
    parts = [unquote(part) for part in address.path.split("/") if part]
    if parts[:1] == ["models"]:
        parts = parts[1:]
    model_id, at, revision = "/".join(parts[:2]).partition("@")
    rest = parts[2:]
    if rest and rest[0] in _BEFORE_REVISION:
        # A branch may have a slash in its name, and a file may follow it: only of a tree is all of it the revision.
        revision = "/".join(rest[1:]) if rest[0] == "tree" else "".join(rest[1:2])
        at = "@" if revision else ""
    if not is_model_id(model_id) or (at and not _is_revision(revision)):
        return None
    return ModelReference(model_id, revision)


def _is_revision(text: str) -> bool:
    return _REVISION.fullmatch(text) is not None and ".." not in text and "//" not in text
