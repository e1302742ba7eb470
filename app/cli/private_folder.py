"""A folder in the home folder for the files of one command, gone when that ends."""

from __future__ import annotations

from pathlib import Path

from app.errors import SettingsError
from app.workers.files.run_folder import RunFolder


def private_folder(home: Path, prefix: str) -> RunFolder:
    """Make it; to be closed.

    Args:
        home: the home folder, which is made where it is not there.
        prefix: how its name begins.

    Raises:
        SettingsError: the home folder cannot be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        return RunFolder(home, prefix=prefix)
    except OSError as error:
        raise SettingsError(f"The folder {home} cannot be written: {error.strerror}.") from error
