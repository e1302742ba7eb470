"""The models that ship as sources: exported where they are not yet, by a process of its own, since that needs torch."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from app.errors import SettingsError
from app.own_code import START

EXPORTER = "endpoints.bundled"
"""The module that exports them."""

SILENCE = 15.0
"""Seconds without a word: on an idle machine, finding all bundled models in order takes under one."""


class Export:
    """Exports the bundled models that are missing or stale, from its making on; to be used in a ``with`` block.

    Begun before what else a start needs, it costs a start next to nothing where all models lie there.

    Args:
        folder: where they go.

    Raises:
        SettingsError: the folder cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"The folder {folder.parent} cannot be made: {error.strerror}; choose another with --home."
            ) from None
        self.folder = folder
        self._first = not any(folder.iterdir())
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", EXPORTER, "--out", str(folder)],
            cwd=START,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Export:
        """Return itself."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End it where it still runs; what it has finished stays."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def ids(self, say: Callable[[str], None]) -> list[str]:
        """Wait until all lie there; return their ids in display order.

        One whose weights are not on this machine costs a line, not the start.

        Args:
            say: takes each line that the user should read.

        Raises:
            SettingsError: the export failed.
        """
        try:
            # By its closed pipes its end is seen at once; wait() with a limit would look every 50 ms.
            printed, complaint = self._process.communicate(timeout=0.0 if self._first else SILENCE)
        except subprocess.TimeoutExpired:
            say("Preparing the bundled models (once for each version of them, about a minute) …")
            printed, complaint = self._process.communicate()
        if self._process.returncode != 0:
            reason = (complaint.strip().splitlines() or ["no reason given"])[-1]
            raise SettingsError(f"The bundled models could not be exported into {self.folder}: {reason}")
        for line in complaint.splitlines():
            if line.startswith("left out "):
                say(f"harpist: {line}")
        return [line.split()[0] for line in printed.splitlines() if line.strip()]
