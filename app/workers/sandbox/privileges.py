"""What a worker gives back to the system before it builds an endpoint: capabilities, inherited files, large limits.

A server in a container often runs as root, whose capabilities would let a model open files by their handles, make
devices, or read what belongs to others.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

if sys.platform != "win32":
    import resource

_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_CAPABILITY_VERSION = 0x20080522
_MOST_CAPABILITIES = 64
_OPEN_FILES = 512
"""Files that a worker may have open: far more than any model needs."""

_too_large: list[bool] = []


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    """Effective, permitted and inheritable capabilities, the lower and then the upper half."""

    _fields_ = (("words", ctypes.c_uint32 * 6),)


def drop_privileges() -> None:
    """Give up every capability for good, and all ways to get one back.

    Raises:
        OSError: the system refused.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    _checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    # Only who has CAP_SETPCAP needs the first of these, and only who has it may do it.
    for capability in range(_MOST_CAPABILITIES):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = _Header(_CAPABILITY_VERSION, 0)
    _checked(libc.capset(ctypes.byref(header), ctypes.byref(_Sets())))


def close_inherited(keep: int) -> None:
    """Close every file that this process was born with, except ``keep`` and the three standard streams.

    Some are a way to others: the pipe by which the fork server watches the server, and that of the resource tracker,
    which deletes shared memory for whoever asks.
    """
    if sys.platform == "win32":
        return  # a new process there is given its pipe only
    for number in [int(path.name) for path in Path("/dev/fd").iterdir()]:
        if number > 2 and number != keep:
            with contextlib.suppress(OSError):
                os.close(number)
    # Their numbers will mean other files.
    from multiprocessing import forkserver, resource_tracker

    vars(resource_tracker)["_resource_tracker"]._fd = None
    vars(forkserver)["_forkserver"]._forkserver_alive_fd = None


def limit_files(file_size: int) -> None:
    """Let writes fail beyond ``file_size`` bytes in one file (0: no limit), and leave a modest number of open files."""
    if sys.platform == "win32":
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = _OPEN_FILES if most == resource.RLIM_INFINITY else min(_OPEN_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    if file_size:
        signal.signal(signal.SIGXFSZ, lambda *_: _too_large.append(True))
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))


def met_file_limit() -> bool:
    """Tell whether a write failed at that limit since this was last asked; the libraries' own errors do not say so."""
    met = bool(_too_large)
    _too_large.clear()
    return met


def _checked(result: int) -> None:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
