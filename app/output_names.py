"""What results are called: the name of what was sent, and the label of what came of it."""

from __future__ import annotations

import posixpath
import re
import unicodedata

_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*]+')
_UNPAIRED = re.compile("[\ud800-\udfff]+")
_LONGEST, _LONGEST_LABEL = 178, 60
"""Bytes of a name without its ending, and of the label in it; whoever takes a file from a worker cuts it at 180."""


def plain(name: str) -> str:
    r"""Return a name as text that can be written anywhere: a name that is not UTF-8 reaches Python in half characters.

    >>> plain("caf\udce9")
    'caf_'
    """
    return _UNPAIRED.sub("_", name)


def on_one_line(text: str, longest: int) -> str:
    r"""Return a stranger's text as a name: on one line, at most so many characters, without those that no one sees.

    >>> on_one_line("My\nmaster\x1b[1m", 10)
    'My master '
    """
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:longest]


def stem_of(name: str) -> str:
    r"""Return a file's name without folders and ending, as :func:`cleaned` makes it.

    >>> stem_of("C:\\songs\\take 1?.wav"), stem_of("../.wav")
    ('take 1_', 'wav')
    """
    return cleaned(posixpath.splitext(posixpath.basename(name.replace("\\", "/")))[0])


def cleaned(text: str) -> str:
    """Return text as the start of a result's name, without what some file system refuses."""
    return _UNSAFE.sub("_", text).strip(" .") or "region"


def label_part(label: str) -> str:
    """Return a label as it stands in a file's name, at most 60 bytes."""
    return _cut(_UNSAFE.sub("_", plain(label)).strip(" ."), _LONGEST_LABEL).strip(" .") or "output"


def result_name(stem: str, label: str, number: int = 1) -> str:
    """Return ``STEM-LABEL``, from 2 on ``STEM-LABEL-NUMBER``: at most 178 bytes, and of a long name the stem is cut.

    Args:
        stem: see :func:`stem_of`; empty where nothing was sent, and the label stands alone.
        label: that of the output.
        number: tells apart what would have one name.
    """
    tail = ("-" if stem else "") + label_part(label) + (f"-{number}" if number > 1 else "")
    return _cut(stem, _LONGEST - len(tail.encode())) + tail


def same_name(name: str) -> str:
    """Return what is equal for two names that some file system takes for one: it may heed no case and no accents."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _cut(text: str, room: int) -> str:
    """Return as much of ``text`` as fits into so many bytes of UTF-8."""
    for at, letter in enumerate(text):
        room -= len(letter.encode("utf-8", "surrogatepass"))
        if room < 0:
            return text[:at]
    return text
