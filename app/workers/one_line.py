"""A foreign text on one line, without this machine's paths. It needs nothing of ours: a guest reads it by itself."""

from __future__ import annotations

import re

_PATH = re.compile(
    r"""(?<![\w:/.~])(?:~?/(?:[^\s/:"'“”<>|]+/)+[^\s/:"'“”<>|,;)\]]*|[A-Za-z]:[\\/][^\s"'“”<>|,;)\]]+|\\\\[^\s"'“”<>|]+)"""
)
_LONGEST = 300


def one_line(text: str) -> str:
    r"""Return ``text`` on one line of at most 300 characters, without absolute paths.

    >>> one_line("cannot open /srv/models/secret.bin:\n denied")
    'cannot open (a file): denied'
    """
    line = "".join(character if character.isprintable() else " " for character in _PATH.sub("(a file)", text))
    line = " ".join(line.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
