"""A folder that belongs to one running process; the next one to come clears it away when that process is dead.

Whether it lives is told by a lock on a file in its folder, which the system lets go of however the process ends.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from pathlib import Path

_LOCK = "lock"


class RunFolder:
    """A new folder under ``parent`` that nobody can guess, held until :meth:`close` removes it.

    Making one removes those of dead processes.

    Args:
        parent: where it lies; made when missing.
        prefix: what its name begins with; no folder of another beginning is ever removed.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, parent: Path, prefix: str = "run-") -> None:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Its real path, since that is what workers are held to, and what they name files by.
        parent = parent.resolve()
        _remove_dead(parent, prefix)
        while True:
            path = parent / f"{prefix}{secrets.token_hex(16)}"
            path.mkdir(mode=0o700)
            lock = _hold(path)
            if lock is not None:
                break
        self.path = path
        self._lock = lock

    def close(self) -> None:
        """Remove the folder and all that is in it."""
        if sys.platform == "win32":
            os.close(self._lock)
            remove_tree(self.path)
        else:
            remove_tree(self.path)
            os.close(self._lock)


def _hold(folder: Path) -> int | None:
    """Lock a folder that was just made; ``None`` if another process took it for a dead one's meanwhile."""
    path = folder / _LOCK
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:
        return None
    try:
        if sys.platform != "win32":
            import fcntl

            # Where a file system has no locks, nothing there is ever taken for dead.
            with contextlib.suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.samestat(os.fstat(lock), path.stat()):
            return lock
    except FileNotFoundError:
        pass
    os.close(lock)
    return None


def _remove_dead(parent: Path, prefix: str) -> None:
    for folder in parent.glob(f"{prefix}*"):
        if folder.is_dir() and not folder.is_symlink():
            with contextlib.suppress(OSError):
                _remove_if_dead(folder)


def _remove_if_dead(folder: Path) -> None:
    if sys.platform == "win32":
        # A file that a living process holds open cannot be removed there.
        (folder / _LOCK).unlink(missing_ok=True)
        remove_tree(folder)
        return
    import fcntl

    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove_tree(folder)
    finally:
        os.close(lock)


def remove_tree(folder: Path) -> None:
    """Remove a folder that a model may have filled: however deep, however many, whatever their modes.

    Nothing is followed out of it, and what cannot be removed stays. (:func:`shutil.rmtree` stumbles over 1,000 levels.)
    """
    number = 0
    progress = True
    while progress:
        progress = False
        for path in _folders(folder):
            # What lies deeper moves up, so that no path grows and no call nests.
            for inner in _folders(path):
                with contextlib.suppress(OSError):
                    number += 1
                    inner.rename(folder / f"{secrets.token_hex(4)}-{number}")
            with contextlib.suppress(OSError):
                path.rmdir()
                progress = True
    with contextlib.suppress(OSError):
        folder.rmdir()


def _folders(folder: Path) -> list[Path]:
    """Remove every entry of ``folder`` that is none itself, and return the folders."""
    found = []
    with contextlib.suppress(OSError):
        folder.chmod(0o700)
        with os.scandir(folder) as entries:
            listed = list(entries)
        for entry in listed:
            with contextlib.suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    found.append(Path(entry.path))
                else:
                    Path(entry.path).unlink()
    return found
