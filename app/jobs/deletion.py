"""What somebody sent, or what came of a job, deleted at once: from the disk, and from what is remembered of it."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

from app.endpoint import TrackFile
from app.jobs.repeats import Repeats


class Deletion:
    """Knows what was made of what for the server's own use, such as a preview, which goes along.

    Args:
        repeats: what jobs have brought, and is forgotten.
    """

    def __init__(self, repeats: Repeats) -> None:
        self._repeats = repeats
        self._made_of: dict[Path, tuple[Path, ...]] = {}

    def note(self, folder: Path, tracks: Iterable[TrackFile | None]) -> None:
        """Note that a folder of the server's own is made of these files."""
        self._made_of[folder] = tuple(track.path.parent for track in tracks if track is not None)

    def forget(self, folder: Path) -> None:
        """Note that a folder has expired."""
        self._made_of.pop(folder, None)

    def beside(self, folder: Path) -> tuple[Path, ...]:
        """Return a folder and what goes with it: what a like job was given for the same caller, and previews."""
        doomed = [folder, *self._repeats.drop(folder)]
        previews = [made for made, sources in self._made_of.items() if any(source in doomed for source in sources)]
        return tuple(dict.fromkeys([*doomed, *previews]))

    async def delete(self, folders: Iterable[Path]) -> None:
        """Delete folders; from the first moment on nobody finds them by their names.

        Raises:
            OSError: one cannot be deleted.
        """
        for folder in folders:
            self._made_of.pop(folder, None)
            await asyncio.to_thread(_remove, folder)


def _remove(folder: Path) -> None:
    gone = folder.with_name(secrets.token_hex(16))
    try:
        folder.rename(gone)
    except FileNotFoundError:
        return
    shutil.rmtree(gone)
