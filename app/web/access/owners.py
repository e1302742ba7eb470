"""Whose files are whose, by the folders that they lie in, which have unguessable names."""

from __future__ import annotations

import re
from pathlib import Path

from app.errors import AccessError

_MANY = 20_000


class Owners:
    """Keeps for each folder who may have its files; whoever names a folder that is nobody's may have them."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[Path, set[str]]] = {}

    def note(self, folder: Path, owner: str) -> None:
        """Note whose a folder is, beside those that have been noted; ``""`` for nobody's."""
        if not owner:
            return
        if len(self._of) >= _MANY:
            self._of = {name: kept for name, kept in self._of.items() if kept[0].exists()}
        self._of.setdefault(folder.name, (folder, set()))[1].add(owner)

    def leave(self, folder: Path, owner: str) -> bool:
        """Note that a folder is one owner's no longer; whether it is somebody else's still."""
        owners = self._of.get(folder.name, (folder, set()))[1]
        if len(owners) > 1:
            owners.discard(owner)
            return True
        return False

    def check(self, path: str, owner: str) -> None:
        """Refuse a path into a folder of somebody else.

        Args:
            path: as somebody names it; any of its parts may be such a folder.
            owner: who does.

        Raises:
            AccessError: it is.
        """
        if not self._of:
            return
        for part in re.split(r"[/\\]", path):
            if part in self._of and owner not in self._of[part][1]:
                raise AccessError("This file belongs to somebody else, or to another key of yours.")
