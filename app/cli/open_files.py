"""How many files and connections the server's process may have open."""

from __future__ import annotations

import sys

_WANTED = 8192
_OWN = 128
"""Files of the server's own: its log, its workers, what it imports."""
_MOST_CONNECTIONS = 1000


def connections() -> int:
    """Raise the limit of open files as far as is useful and allowed; return how many connections it leaves room for.

    Each may have a file of its own: the one that is sent, or the one that is being written.
    """
    return max(8, min(_MOST_CONNECTIONS, (_open_files() - _OWN) // 2))


def _open_files() -> int:
    if sys.platform == "win32":
        return _WANTED
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED if hard == resource.RLIM_INFINITY else min(_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return _WANTED if soft == resource.RLIM_INFINITY else soft
