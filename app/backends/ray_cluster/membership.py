"""This process's part in a cluster: joined, watched, and joined again where the cluster was started anew.

Ray lets a process be part of one cluster at once. Left alone, it ends a process whose cluster has lost its head a
minute ago, and never tells one whose own raylet is gone (Ray's process on each machine, through which all else goes).
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import socket
import threading
import time
from typing import Any

from app.backends.ray_cluster.access import check_access
from app.backends.ray_cluster.signals import kept_signals
from app.errors import SettingsError

NAMESPACE = "harpist"

_REACHED = 5.0
"""Seconds in which the cluster's port answers."""

_TRY_EVERY = 5.0
"""Seconds between two tries to join again: each takes two processes."""

_NEVER = "1000000"
"""Seconds after which Ray may end this process because the head is gone: we tell callers, and wait for it."""

_NO_RAYLET = "on it, Ray’s own process (the raylet) does not run, or does not let this server in"

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

_LOCK, _MEMBERSHIPS = threading.Lock(), list["Membership"]()


class LostError(Exception):
    """The process or the node that was called is gone, or does not answer."""


class Membership:
    """A part in a cluster, for all that this process asks of it; :func:`member` makes it.

    Args:
        ray: the library.
        address: ``HOST:PORT`` of the cluster's head.
        may_be_open: it need not ask for a token.

    Attributes:
        users: how many of this process use it; the last that goes leaves the cluster.
        generation: how often it was left because it was lost; what was made on an earlier one is gone.

    Raises:
        SettingsError: there is no such cluster, or it does not let this server in.
    """

    def __init__(self, ray: Any, address: str, *, may_be_open: bool) -> None:
        self.address, self.generation, self.users = address, 0, 1
        self._ray, self._lock, self._inside = ray, threading.Lock(), False
        self._node, self._raylet, self._may_be_open = "", ("", 0), may_be_open
        self._tried, self._obstacle = -_TRY_EVERY, ""
        if not _answers(*_host_and_port(address)):
            raise SettingsError(
                f"No Ray cluster answers at {address}; start one with “ray start --head”, or name another: "
                "--ray-address."
            )
        self._join()

    def nodes(self) -> list[dict[str, Any]]:
        """Return Ray's record of each node that lives; it may take a while, so that it belongs on a thread.

        Where the cluster, or this machine's part of it, was started anew meanwhile, it is joined again.

        Raises:
            LostError: why there is no cluster now.
        """
        with self._lock:
            if not _answers(*_host_and_port(self.address)):
                raise LostError(f"its head at {self.address} does not answer")
            if self._inside and _answers(*self._raylet):
                listed = self._listed()
                if any(entry["NodeID"] == self._node for entry in listed):
                    return listed
            if self._inside:
                self.generation += 1
                self.leave()
                raise LostError(f"this machine is no longer part of the one at {self.address}: {_NO_RAYLET}")
            if time.monotonic() - self._tried < _TRY_EVERY:
                raise LostError(self._obstacle)
            try:
                self._join()
            except SettingsError as error:
                self._tried = time.monotonic()
                self._obstacle = f"this machine cannot join it again: {error.message.rstrip('.')}"
                raise LostError(self._obstacle) from error
            return self._listed()

    def leave(self) -> None:
        """Leave the cluster; every supervisor of this process ends."""
        self._inside = False
        with kept_signals(), contextlib.suppress(Exception):
            self._ray.shutdown()

    def _listed(self) -> list[dict[str, Any]]:
        try:
            return [entry for entry in self._ray.nodes() if entry["Alive"]]
        except Exception as error:
            raise LostError(f"its head at {self.address} does not answer: {first_line(error)}") from error

    def _join(self) -> None:
        check_access(self.address, may_be_open=self._may_be_open)
        options = {"namespace": NAMESPACE, "log_to_driver": False, "logging_level": logging.ERROR}
        try:
            with kept_signals():
                self._ray.init(address=self.address, **options)
            _stop_listening(self._ray)
            self._node = self._ray.get_runtime_context().get_node_id()
            (own,) = (entry for entry in self._listed() if entry["NodeID"] == self._node)
        except Exception as error:
            self.leave()
            raise SettingsError(_refusal(self.address, error)) from error
        self._raylet, self._inside = (own["NodeManagerAddress"], own["NodeManagerPort"]), True


def member(address: str) -> tuple[Any, Membership]:
    """Return the library Ray, and this process's part in a cluster, which is joined unless it is already.

    Raises:
        ImportError: Ray is not installed.
        SettingsError: see :class:`Membership`; or this process is part of another.
    """
    may_be_open = os.environ.setdefault("RAY_AUTH_MODE", "token") != "token"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", _NEVER)
    # Else a call after the end would start a cluster of its own.
    os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")
    import ray

    with _LOCK:
        if not _MEMBERSHIPS:
            _MEMBERSHIPS.append(Membership(ray, address, may_be_open=may_be_open))
        elif _MEMBERSHIPS[0].address != address:
            raise SettingsError(f"This process is part of the Ray cluster at {_MEMBERSHIPS[0].address} already.")
        else:
            _MEMBERSHIPS[0].users += 1
        return ray, _MEMBERSHIPS[0]


def release(membership: Membership) -> None:
    """Leave the cluster, once nothing else of this process uses it."""
    with _LOCK:
        membership.users -= 1
        if not membership.users:
            membership.leave()
            _MEMBERSHIPS.remove(membership)


def first_line(error: BaseException) -> str:
    """Return what an error of Ray's says first, since they go on for pages; of what could not be built, why.

    >>> first_line(RuntimeError("it died in its creation task, ray::x" + chr(10) + "KeyError: 1"))
    'KeyError: 1'
    """
    lines = [line.strip() for line in _COLOURS.sub("", str(error)).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    return lines[-1 if "in its creation task" in lines[0] else 0][:200]


def _stop_listening(ray: Any) -> None:
    """End the thread in which Ray prints what its head tells; without a head it takes a whole processor."""
    # Looked at where a message has come, or nothing is there any more to give one.
    ray._private.worker.global_worker.threads_stopped.set()


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port) if port.isdecimal() else 0


def _answers(host: str, port: int) -> bool:
    """Whether a port takes calls: Ray itself would try for minutes."""
    try:
        socket.create_connection((host, port), timeout=_REACHED).close()
    except (OSError, ValueError, OverflowError):
        return False
    return True


def _refusal(address: str, error: Exception) -> str:
    if "ersion mismatch" in str(error):
        return f"The Ray cluster at {address} runs another Ray or Python than this server; both must be the same."
    return (
        f"The Ray cluster at {address} cannot be joined from this machine, which has to be one of its nodes, too: "
        f"{first_line(error)}."
    )
