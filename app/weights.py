"""What an endpoint in Python says of the files that it is of no use without: plain data, which needs no library.

Standard library only; nothing here is a model's, and nothing asks the hub.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

DATA = (".safetensors", ".json", ".yaml", ".yml", ".txt", ".md", ".onnx")
"""Endings of files that are read as data."""

PICKLES = (".pt", ".pth", ".th", ".ckpt", ".bin")
"""Endings of files that PyTorch opens: with ``weights_only=True``, which the worker of such an endpoint forces."""

BRANCH = "main"
"""In place of a commit, where none is known: what the files are is then told by their checksums alone."""

_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?"
_REPO = re.compile(rf"{_PART}/{_PART}")
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_. +-]{0,118}[A-Za-z0-9_+])?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
_MOST_FILES = 64
_DEEPEST = 4
_NON_COMMERCIAL = re.compile(r"(^|[^a-z])nc($|[^a-z])|non-?\s?commercial|research[- ]only", re.IGNORECASE)


@dataclass(frozen=True)
class HubWeights:
    """Files of one repository of the Hugging Face hub, at one commit.

    Attributes:
        repo: ``owner/name``; the key under which the endpoint finds their folder.
        revision: the commit, 40 hexadecimal digits: no tag, and no branch but :data:`BRANCH`.
        files: their names in the repository, such as ``model.safetensors`` or ``vocals/config.json``.
        sha256: the checksum of each, by name: 64 hexadecimal digits. One that is not here is what the hub tells of that
            commit when it is installed; a branch needs them all.
        licence: as the repository states it, in the hub's words, such as ``mit`` or ``cc-by-nc-4.0``.
        size: of all files together, in bytes, for the card; 0 where nobody counted.
        choice: the name of a control and the one of its choices that they are for; ``None``: for whatever is chosen.
            Those of a choice that does not stand there at first are installed on their own, by their ``repo``.

    Raises:
        ValueError: one of these is none; says which, and what is expected.
    """

    repo: str
    revision: str
    files: tuple[str, ...]
    sha256: Mapping[str, str] = field(hash=False)
    licence: str
    size: int = 0
    choice: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.repo, str) or not _REPO.fullmatch(self.repo) or ".." in self.repo or "--" in self.repo:
            raise ValueError(f"“{str(self.repo)[:80]}” is no repository of the hub; owner/name is expected")
        if not isinstance(self.revision, str) or not (self.revision == BRANCH or _COMMIT.fullmatch(self.revision)):
            raise ValueError(f"{self.repo} needs a commit, 40 hexadecimal digits, not “{str(self.revision)[:60]}”")
        if not isinstance(self.files, tuple) or not 0 < len(self.files) <= _MOST_FILES:
            raise ValueError(f"{self.repo} needs a tuple of 1 to {_MOST_FILES} files")
        for name in self.files:
            _check_name(self.repo, name)
        if len({name.lower() for name in self.files}) != len(self.files):
            raise ValueError(f"{self.repo} names a file twice")
        if not isinstance(self.sha256, Mapping) or not set(self.sha256) <= set(self.files):
            raise ValueError(f"{self.repo} states a sha256 of what is none of its files")
        if self.revision == BRANCH and self.unstated:
            raise ValueError(f"{self.repo} needs a sha256 for each of its files, since no commit says what they are")
        for name, text in self.sha256.items():
            if not isinstance(text, str) or not _SHA256.fullmatch(text):
                raise ValueError(f"the sha256 of {name} in {self.repo} must be 64 hexadecimal digits")
        if not isinstance(self.licence, str) or len(self.licence) > 100 or not self.licence.isprintable():
            raise ValueError(f"the licence of {self.repo} must be a name of one line, such as mit")
        if isinstance(self.size, bool) or not isinstance(self.size, int) or not 0 <= self.size < 2**53:
            raise ValueError(f"the size of {self.repo} must be a number of bytes")
        if self.choice is not None and not _is_choice(self.choice):
            raise ValueError(f"the choice of {self.repo} must be a control's name and one of its choices")

    @property
    def non_commercial(self) -> bool:
        """Whether the licence allows non-commercial use only, so that whoever installs them is asked first."""
        return is_non_commercial(self.licence)

    @property
    def unstated(self) -> tuple[str, ...]:
        """The files without a checksum here."""
        return tuple(name for name in self.files if name not in self.sha256)

    @property
    def pickled(self) -> bool:
        """Whether a file of theirs is one that PyTorch unpickles."""
        return any(name.lower().endswith(PICKLES) for name in self.files)


def _is_choice(choice: object) -> bool:
    return isinstance(choice, tuple) and len(choice) == 2 and all(isinstance(text, str) and text for text in choice)


def is_non_commercial(licence: str) -> bool:
    """Whether a licence's name says that what it covers is not for commercial use.

    >>> is_non_commercial("cc-by-nc-sa-4.0"), is_non_commercial("mit")
    (True, False)
    """
    return _NON_COMMERCIAL.search(licence) is not None


def check_needs(needs: tuple[str, ...]) -> None:
    """Refuse what names no library that could be imported.

    Raises:
        ValueError: one is no name of a top-level module.
    """
    for name in needs:
        if not isinstance(name, str) or not _MODULE.fullmatch(name):
            raise ValueError(f"“{str(name)[:80]}” is no library that can be imported, such as demucs")


def _check_name(repo: str, name: object) -> None:
    """Refuse a name that is no plain path of one of the known kinds."""
    if not isinstance(name, str):
        raise ValueError(f"the files of {repo} must be names")
    parts = name.split("/")
    plain = all(_NAME.fullmatch(part) and ".." not in part for part in parts)
    if not plain or len(parts) > _DEEPEST or name.endswith(".part"):
        raise ValueError(f"“{name[:80]}” in {repo} is no plain name of a file, such as model.safetensors")
    if PurePosixPath(name).suffix.lower() not in (*DATA, *PICKLES):
        kinds = ", ".join((*DATA, *PICKLES))
        raise ValueError(f"“{name[:80]}” in {repo} is of no known kind; {kinds} are")
