"""Marks what is not complete yet, so that the next start clears away what a killed server left half done."""

from __future__ import annotations

import contextlib
from pathlib import Path

from app.workers.files.run_folder import RunFolder, remove_tree

_MARK = ".unfinished."


class Unfinished:
    """Folders whose content is not complete, such as that of an upload which still arrives.

    Each holds a mark, an empty file named after the running server; whether that server lives, its own folder tells.
    A name, since a server may be killed between making a file and writing into it.

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
            for mark in list(parent.glob(f"*/{_MARK}*")):
                if not (self._runs / mark.name.removeprefix(_MARK)).is_dir():
                    remove_tree(mark.parent)

    def begin(self, folder: Path) -> None:
        """Mark an existing folder."""
        if self._run is not None:
            self._mark(folder).touch()

    def end(self, folder: Path) -> None:
        """Take the mark away: the content is complete."""
        if self._run is not None:
            with contextlib.suppress(OSError):
                self._mark(folder).unlink(missing_ok=True)

    def close(self) -> None:
        """End; folders that are still marked go at the next start."""
        if self._run is not None:
            self._run.close()
            self._run = None

    def _mark(self, folder: Path) -> Path:
        assert self._run is not None
        return folder / f"{_MARK}{self._run.path.name}"
