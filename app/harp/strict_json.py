"""JSON as a client may send it: with nothing in it that Python reads and that cannot be written again."""

from __future__ import annotations

import json
import math
from typing import NoReturn


def read_json(body: bytes) -> object:
    r"""Return what a body says.

    Python reads more than JSON has: ``NaN``, numbers that become infinite, halves of surrogate pairs, which are no
    text in any encoding. Whoever meets these later, in an answer, a file name or a library, fails.

    Raises:
        ValueError: it is no JSON, or says something of that kind.

    >>> read_json(b'{"data": [1, "M\\u00f6we"]}')
    {'data': [1, 'Möwe']}
    >>> read_json(b'[1e999]')
    Traceback (most recent call last):
    ValueError: a number without an end
    """
    try:
        value: object = json.loads(body, parse_constant=_refuse, parse_float=_finite)
        if b"\\u" in body or b"\x00" in body[:4]:
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number without an end")
    return number
