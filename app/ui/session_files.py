"""What the pages' sessions have sent and got, so that each can delete its own at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from app.errors import InUseError
from app.jobs.job import Caller

_MOST = 1000
"""Folders of one session; of a longer one the oldest go with time."""


class Releasing(Protocol):
    """What lets go of files."""

    def give_up(self, folder: Path, owner: str) -> Path | None:
        """Return the folder to delete; raises InUseError while a job works on it."""


class SessionFiles:
    """Folders by session.

    Args:
        files: the upload store.
        delete: deletes a folder, and what was made of it.
    """

    def __init__(self, files: Releasing, delete: Callable[[Path], Awaitable[None]]) -> None:
        self._files = files
        self._delete = delete
        self._folders: dict[str, dict[Path, None]] = {}
        self._everybodys: set[Path] = set()

    def spare(self, folder: Path) -> None:
        """Note that a folder is everybody's, such as an example's."""
        self._everybodys.add(folder)

    def note(self, caller: Caller, folder: Path) -> None:
        """Note that a folder is a session's; nothing happens to a caller without one."""
        if caller.client and folder not in self._everybodys:
            folders = self._folders.setdefault(caller.client, {})
            folders[folder] = None
            if len(folders) > _MOST:
                del folders[next(iter(folders))]

    def forget(self, caller: Caller) -> None:
        """Note that a session has ended; its files go with time."""
        self._folders.pop(caller.client, None)

    async def delete(self, caller: Caller) -> None:
        """Delete all that a session has sent and got; what another session has sent too stays that one's.

        Raises:
            InUseError: a job works on some of it; what else there was is deleted.
            OSError: a folder cannot be deleted.
        """
        mine, busy = self._folders.get(caller.client, {}), None
        for folder in tuple(mine):
            try:
                shared = any(folder in folders for folders in self._folders.values() if folders is not mine)
                doomed = None if shared else self._files.give_up(folder, caller.token)
            except InUseError as error:
                busy = error
                continue
            if doomed is not None:
                await self._delete(doomed)
            mine.pop(folder, None)
        if busy is not None:
            raise busy
