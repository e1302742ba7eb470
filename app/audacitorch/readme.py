"""The YAML header of a model repository's README.md: the few lines of it that matter. Standard library only."""

from __future__ import annotations

import re

_PAIR = re.compile(r"^(?P<key>[A-Za-z_][\w-]*)\s*:\s*(?P<value>.*)$")
_ITEM = re.compile(r"^\s*-\s+(?P<value>.*)$")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_UNSTATED = ("", "unknown", "none", "null", "~")


def licence_of(readme: str) -> str:
    """Return the licence that a README.md states in its YAML header, or ``""``.

    A tolerant line parser: the header's scalars and flat lists, nothing else of YAML. ``license: other`` is replaced
    by ``license_name`` where that is given.
    """
    header = read_header(readme)
    stated = next((header[key] for key in ("license", "licence") if header.get(key)), [])
    names = [name for name in stated if name.lower() not in _UNSTATED]
    if names == ["other"] and header.get("license_name"):
        names = header["license_name"]
    return ", ".join(names)


def read_header(readme: str) -> dict[str, list[str]]:
    """Return every key of the YAML header with its values: one for a scalar, several for a flat list."""
    lines = readme.lstrip("\ufeff \t\r\n").splitlines()
    header: dict[str, list[str]] = {}
    if not lines or lines[0].strip() != "---":
        return header
    key = ""
    for line in lines[1:]:
        if line.strip() in ("---", "..."):
            break
        if pair := _PAIR.match(line):
            key = pair["key"].lower()
            header[key] = _values(pair["value"])
        elif key and (item := _ITEM.match(line)):
            header[key] += _values(item["value"])
    return header


def _values(text: str) -> list[str]:
    text = _COMMENT.sub("", text).strip()
    parts = text[1:-1].split(",") if text.startswith("[") and text.endswith("]") else [text]
    return [value for part in parts if (value := part.strip().strip("\"'").strip())]
