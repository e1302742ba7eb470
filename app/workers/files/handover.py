"""Taking a file from a process that is not trusted: it must be whole, of its own, and out of that process's reach."""

from __future__ import annotations

import enum
import os
import re
import signal
import stat
import sys
from pathlib import Path, PurePath

from app.errors import ModelRunError

_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\ud800-\udfff<>:"/\\|?*]+')
_BLOCK = 4 << 20


class _Writers(enum.Enum):
    NONE = "nobody has it open for writing"
    SOME = "somebody has"
    UNKNOWN = "this system or file system does not tell"


def take_file(source: Path, folder: Path) -> Path:
    """Move a file into ``folder`` under its own name, made safe, and return its path there.

    ``source`` must lie where the process that made it reaches nothing by name any more. So all that is left to it are
    descriptors and mappings: while one of them can write, the system grants no read lease. Where there are no leases,
    the file is copied instead.

    Raises:
        ModelRunError: it is missing, no regular file, has another name elsewhere, or is still open for writing.
        OSError: the disk is full.
    """
    try:
        status = source.lstat()
    except (OSError, ValueError):
        raise _missing() from None
    # A second name of a file from elsewhere (a hard link) would give that file away.
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        raise _foreign()
    target = _free_name(folder, source.name)
    source.chmod(status.st_mode & 0o644 | 0o600)
    with open(source, "rb", opener=_unfollowed) as file:
        writers = _writers(file.fileno())
        if writers is _Writers.SOME:
            raise ModelRunError(
                "The model still has its result open for writing; a file that is closed and complete is expected."
            )
        if writers is _Writers.UNKNOWN or not _rename(source, target):
            _copy(file.fileno(), target, status.st_size)
    return target


def locate_result(text: str, made: Path, gone: Path) -> Path:
    """Return where a file now lies that the worker knows as ``text``.

    Args:
        text: its path in the folder ``made``.
        made: the job's folder, as the worker knows it.
        gone: where the server has moved that folder.

    Raises:
        ModelRunError: it is no file of that folder.
    """
    try:
        parts = PurePath(text).relative_to(made).parts
    except ValueError:
        raise _foreign() from None
    if not parts or ".." in parts:
        raise _foreign()
    try:
        path = gone
        for part in parts:
            if path.is_symlink() or not path.is_dir():
                raise _foreign()
            path /= part
        os.fsencode(path)
    except (OSError, ValueError):
        raise _missing() from None
    return path


def _missing() -> ModelRunError:
    """The error for a result that is not there."""
    return ModelRunError("The model named a result that does not exist.")


def _foreign() -> ModelRunError:
    """The error for a result that is no file, or not the job's."""
    return ModelRunError("The model named a result that is not a file of its own job.")


def _unfollowed(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def _writers(descriptor: int) -> _Writers:
    """Ask who may still write to a file that is open for reading."""
    if sys.platform != "linux":
        return _Writers.UNKNOWN
    import fcntl

    try:
        # Whoever opens it for writing before the lease is given back makes the system send a signal; one that, unlike
        # the usual, ends no process.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return _Writers.SOME
    except OSError:
        return _Writers.UNKNOWN
    return _Writers.NONE


def _rename(source: Path, target: Path) -> bool:
    """Whether the file could be moved without a copy: not to another file system."""
    try:
        source.rename(target)
    except OSError:
        return False
    return True


def _copy(descriptor: int, target: Path, size: int) -> None:
    """Copy ``size`` bytes: a file that still grows has no end."""
    try:
        with target.open("xb") as copied:
            while size > 0 and (block := os.read(descriptor, min(size, _BLOCK))):
                copied.write(block)
                size -= len(block)
    except OSError:
        target.unlink(missing_ok=True)
        raise


def _free_name(folder: Path, name: str) -> Path:
    """Return where a file of that name can lie in ``folder``, in characters that no system refuses."""
    safe = Path(_UNSAFE.sub("_", name).strip(" .") or "result")
    suffix = safe.suffix if len(safe.suffix.encode()) <= 16 else ""
    stem = safe.name.removesuffix(suffix).encode()[:180].decode(errors="ignore")
    path, number = folder / f"{stem}{suffix}", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}{suffix}", number + 1
    return path
