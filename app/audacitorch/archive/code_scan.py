"""How deeply the code in an archive is nested: torch's parser calls itself for every level, and crashes on too many.

Standard library only.
"""

from __future__ import annotations

import re

from app.audacitorch.archive.refusals import refused, shown

DEEPEST = 250
"""Levels; what torch writes has some ten."""
LONGEST_CHAIN = 2000
"""Operators, calls and indices in a row, each of which is a level of the tree that the parser builds."""

_STRINGS = re.compile(rb"\"(?:[^\"\\\n]|\\.)*(?P<end>\"?)|'(?:[^'\\\n]|\\.)*(?P<stop>'?)|#[^\n]*")
_WORDS = re.compile(rb"\b(?:not|and|or|if|elif|else|in|is|lambda)\b")
_INDENT = re.compile(rb"\n +(?! )")
_STRUCTURE = b"()[]{},+-*/%.<>|&^~@\n"
_REST = bytes(set(range(256)) - set(_STRUCTURE))


def scan_code(code: bytes, name: str) -> None:
    """Check one file of code, as bytes.

    Raises:
        ModelFormatError: it is nested too deeply.
    """
    plain = _STRINGS.sub(_kept, code)
    indent = max((len(found) for found in _INDENT.findall(plain)), default=1) - 1
    if indent > 2 * DEEPEST or _bracket_depth(_WORDS.sub(b"~", plain).translate(None, _REST)) > DEEPEST:
        raise refused(f"the code in its {shown(name)} is nested more than {DEEPEST} deep")


def _kept(found: re.Match[bytes]) -> bytes:
    """Return what counts of a string or comment: all of a string that never ends, and is none."""
    return found[0] if b"" in (found["end"], found["stop"]) else b""


def _bracket_depth(structure: bytes) -> int:
    """Return how deeply brackets are nested; a chain of operators that is too long counts as too deep, too."""
    chains = [0]
    deepest = 0
    for character in structure:
        if character in b"([{":
            chains[-1] += 1
            chains.append(0)
            deepest = max(deepest, len(chains))
        elif character in b")]}":
            if len(chains) > 1:
                chains.pop()
        elif character == 0x2C:  # a comma
            chains[-1] = 0
        elif character == 0x0A:  # the end of a line, which ends a statement outside of brackets
            if len(chains) == 1:
                chains[0] = 0
        else:
            chains[-1] += 1
        if deepest > DEEPEST or chains[-1] > LONGEST_CHAIN:
            return DEEPEST + 1
    return deepest
