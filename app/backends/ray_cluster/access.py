"""Whom a Ray cluster lets in: asked in a process of its own, since Ray reads a process's token once."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import subprocess
import sys

from app.errors import SettingsError

_LOG = logging.getLogger(__name__)
_ASKS = """
import sys
from ray._raylet import GcsClient
from ray.exceptions import AuthenticationError
try:
    GcsClient(address=sys.argv[1]).get_all_node_info()
except AuthenticationError:
    sys.exit(3)
except Exception:
    sys.exit(4)
"""
"""Asks a cluster for its nodes, which is the least that can be asked."""

_LET_IN, _REFUSED, _UNKNOWN = 0, 3, 4
_NO_TOKEN = 1, -signal.SIGABRT
"""How Ray itself ends a process that has no token at all."""

_TAKES = 60.0
"""Seconds in which an answer comes, of a machine that has much to do."""

_CONNECTS = "5"
"""Seconds in which a cluster takes the call; Ray tries it three times."""


def check_access(address: str, *, may_be_open: bool) -> None:
    """Refuse a cluster that lets everybody in, and one that does not let this server in.

    Args:
        address: ``HOST:PORT`` of its head.
        may_be_open: everybody may; the log warns of it.

    Raises:
        SettingsError: which of the two it is, and what to do; or it could not be asked.
    """
    stranger = _ask(address, RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(32))
    if stranger == _LET_IN:
        open_to_all = f"The Ray cluster at {address} asks for no token: whoever reaches its ports may run any program."
        if not may_be_open:
            raise SettingsError(
                f"{open_to_all} Start it with RAY_AUTH_MODE=token; or set RAY_AUTH_MODE=disabled for this server, too."
            )
        _LOG.warning("%s", open_to_all)
        return
    server = _ask(address) if stranger == _REFUSED else _UNKNOWN
    if server in (_REFUSED, *_NO_TOKEN):
        raise SettingsError(
            f"The Ray cluster at {address} did not let this server in: both need the same token, in RAY_AUTH_TOKEN or "
            "the file ~/.ray/auth_token, and RAY_AUTH_MODE=token."
        )
    if server != _LET_IN:
        raise SettingsError(
            f"What is at {address} does not answer as a Ray cluster does: it may be another program, or only starting."
        )


def _ask(address: str, **environment: str) -> int:
    """Return how a process ended that asked: with one of the codes above, or another: nothing is known."""
    try:
        return subprocess.run(  # noqa: S603
            [sys.executable, "-I", "-c", _ASKS, address],
            env={**os.environ, "RAY_py_gcs_connect_timeout_s": _CONNECTS, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TAKES,
            check=False,
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return _UNKNOWN
