"""JSON with the slips that hand-written metadata files hold; standard library only."""

from __future__ import annotations

import json
import re
from typing import Any

from app.errors import ModelFormatError

_STRING = r'"(?:[^"\\]|\\.)*"?'
"""A string, or one that never ends: were that no match, each further quotation mark would be tried to the end of the
text, and a small file by a stranger would take minutes."""
_CONTINUED_LINE = re.compile(r"\\[ \t]*\r?\n[ \t]*")
_STRING_OR_TRAILING_COMMA = re.compile(rf"({_STRING})|,(?=\s*[}}\]])", re.DOTALL)
_QUOTED = re.compile(_STRING, re.DOTALL)


def read_object(text: str) -> tuple[dict[str, Any], list[str]]:
    """Read a JSON object; return it and a warning for each kind of slip.

    Accepted beside JSON: a trailing comma before ``}`` or ``]``, a backslash before a line break inside a string
    (the line goes on), and bare line breaks or tabs inside a string.

    Raises:
        ModelFormatError: not a JSON object.
    """
    warnings: list[str] = []
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        repaired = _QUOTED.sub(lambda match: _CONTINUED_LINE.sub("", match[0]), text)
        if repaired != text:
            warnings.append("A string in metadata.json has a backslash before a line break.")
        without = _STRING_OR_TRAILING_COMMA.sub(lambda match: match[1] or "", repaired)
        if without != repaired:
            warnings.append("metadata.json has a trailing comma.")
        try:
            # strict=False lets line breaks and tabs stand inside strings.
            value = json.loads(without, strict=False)
        except (ValueError, RecursionError) as error:
            raise ModelFormatError("The model's metadata.json is not JSON; one JSON object is expected.") from error
        if not warnings:
            warnings.append("A string in metadata.json has a line break or tab.")
    if not isinstance(value, dict):
        raise ModelFormatError("The model's metadata.json holds no JSON object; {…} with sample_rate is expected.")
    return value, warnings
