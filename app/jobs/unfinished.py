"""Marks what is not complete yet, so that the next start clears away what a killed server left half done."""

from __future__ import annotations

import contextlib
from pathlib import Path

from app.workers.files.run_folder import RunFolder, remove_tree

_MARK = ".unfinished"


class Unfinished:
    """Folders whose content is not complete, such as that of an upload which still arrives.

    Each holds a mark with the name of the running server; whether that server lives, its own folder tells.

    Args:
        work: the server's work folder.
    """

    def __init__(self, work: Path) -> None:
        self._runs = work / "workers"
        self._run: RunFolder | None = None

    def open(self, *parents: Path) -> None:
        """Begin, and remove from ``parents`` every folder that a dead server did not finish.

        Raises:
            OSError: the work folder cannot be written.
        """
        self._run = RunFolder(self._runs, "open-")
        for parent in parents:
            for folder in parent.iterdir():
                with contextlib.suppress(OSError, ValueError):
                    if not (self._runs / (folder / _MARK).read_text(encoding="ascii")).is_dir():
                        remove_tree(folder)

    def begin(self, folder: Path) -> None:
        """Mark an existing folder."""
        if self._run is not None:
            (folder / _MARK).write_text(self._run.path.name, encoding="ascii")

    def end(self, folder: Path) -> None:
        """Take the mark away: the content is complete."""
        with contextlib.suppress(OSError):
            (folder / _MARK).unlink(missing_ok=True)

    def close(self) -> None:
        """End; folders that are still marked go at the next start."""
        if self._run is not None:
            self._run.close()
            self._run = None
