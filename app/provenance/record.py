"""What is told of where a result came from, and the text that tells it in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

FIELD = "HARPIST_PROVENANCE"
"""What the text is called in a container that names its texts."""

GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's word for what a trained model has generated (IPTC NewsCodes, Digital Source Type)."""

MOST = 32 << 10
"""Characters of the whole text, all of them ASCII."""

_LONGEST = 1000
"""Characters of one value."""
_TEXTS = ("model", "revision", "licence", "harpist", "date")


@dataclass(frozen=True)
class Provenance:
    """Where one result came from.

    Attributes:
        model: the endpoint, ``owner/name``.
        revision: which one of it: a commit of the hub, or ``sha256:…`` of its file; ``""`` where nothing tells.
        licence: the model's, as its card states it; ``""`` where it states none.
        controls: what they were set to, by name.
        harpist: the version of this server.
        date: when it was made, UTC, such as ``2026-11-28T17:25:43Z``.
        generated: the endpoint states that it generates what it returns.
        before: the same of what it was made from, as that file told it; the last step first.
    """

    model: str
    revision: str
    licence: str
    controls: Mapping[str, Any]
    harpist: str
    date: str
    generated: bool = False
    before: tuple[Mapping[str, Any], ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        record: dict[str, Any] = {name: getattr(self, name) for name in _TEXTS}
        record["controls"] = {name: _plain(value) for name, value in self.controls.items()}
        if self.generated:
            record["digitalSourceType"] = GENERATED
        if self.before:
            record["before"] = list(self.before)
        return record

    def text(self) -> str:
        """Return it as JSON in ASCII, at most :data:`MOST` characters: the oldest steps go first, then the controls."""
        shortest = replace(self, controls={}, before=())
        kept = (replace(self, before=self.before[:count]) for count in range(len(self.before), -1, -1))
        for record in (*kept, shortest):
            text = json.dumps(record.as_json(), separators=(",", ":"))
            if len(text) <= MOST:
                break
        return text

    def after(self, earlier: str | None) -> Provenance:
        """Return it with what the file told before, which was a copy of what it was made from."""
        known = None if earlier is None else parse(earlier)
        if known is None:
            return self
        step = known.as_json()
        further = step.pop("before", ())
        return replace(self, before=(step, *further))

    def sentence(self) -> str:
        """Return it in words, in ASCII."""
        what = "Generated" if self.generated else "Made"
        revision = f" ({self.revision})" if self.revision else ""
        said = f"{what} by {self.model}{revision} with Harpist {self.harpist}, {self.date}."
        return said.encode("ascii", "replace").decode()


def parse(text: str) -> Provenance | None:
    """Return what a text in a file tells; ``None`` where it is none of ours. Whatever it says is a stranger's word."""
    if len(text) > MOST:
        return None
    try:
        record = json.loads(text, parse_constant=_no_number)
        texts = {name: record[name] for name in _TEXTS}
        controls, before = record["controls"], record.get("before", [])
        generated = record.get("digitalSourceType", "") == GENERATED
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not all(isinstance(value, str) for value in texts.values()) or not isinstance(controls, dict):
        return None
    if not isinstance(before, list) or not all(isinstance(step, dict) for step in before):
        return None
    return Provenance(**texts, controls=controls, generated=generated, before=tuple(before))


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value
