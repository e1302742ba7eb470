"""What is asked of Ray itself: its nodes, an actor on one of them, a call to that."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import threading
from dataclasses import dataclass
from typing import Any, TypeVar

from app.backends.ray_cluster.supervisor import Supervisor
from app.errors import SettingsError, StorageError, WorkerError, error_kinds
from app.own_code import pip_arguments

_Value = TypeVar("_Value")
_NAMESPACE = "harpist"
_REACHED = 5.0
"""Seconds in which the cluster's port answers."""

_JOINING, _JOINED = threading.Lock(), list["Cluster"]()
"""Ray lets a process join one cluster, once; in tests, several servers of one process share that."""


class LostError(Exception):
    """The process or the node that was called is gone, or does not answer."""


@dataclass(frozen=True)
class Share:
    """What a node has, or what is asked of it: CPUs, GPUs, bytes of memory."""

    cpus: float
    gpus: float = 0.0
    memory: float = 0.0


@dataclass(frozen=True)
class Node:
    """A node of the cluster.

    Attributes:
        id: Ray's name for it.
        name: what people call it: the host's name, and enough of the id to tell two on one host apart.
        has: what it has for Ray.
        free: what of that nobody holds now.
    """

    id: str
    name: str
    has: Share
    free: Share


class Cluster:
    """A Ray cluster that this process has joined.

    Args:
        address: ``HOST:PORT`` of the cluster's head.

    Raises:
        SettingsError: Ray is not installed, there is no cluster, or it does not let this server in.
    """

    def __init__(self, address: str) -> None:
        # Whoever reaches an open port of Ray's can run any code: a cluster asks for its token unless told otherwise.
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
        except ImportError:
            install = f"python -m pip install {pip_arguments('requirements-ray.txt')}"
            raise SettingsError(f"The backend ray needs Ray; install it with: {install}") from None
        self.address = address
        self._ray = ray
        self._actor = ray.remote(Supervisor)
        with _JOINING:
            if not _JOINED:
                _reach(address)
                _join(ray, address)
            elif _JOINED[0].address != address:
                raise SettingsError(f"This process is part of the Ray cluster at {_JOINED[0].address} already.")
            _JOINED.append(self)

    def nodes(self) -> list[Node]:
        """Return the nodes that live; it asks the cluster, so that it belongs on a thread.

        Raises:
            LostError: the cluster's head does not answer.
        """
        from ray._private.state import available_resources_per_node

        try:
            listed = self._ray.nodes()
            free = available_resources_per_node()  # for developers, says Ray; it tells so of no other
        except Exception as error:
            raise LostError(_first_line(error)) from error
        return [_node(entry, free.get(entry["NodeID"], {})) for entry in listed if entry["Alive"]]

    def place(self, node: Node, share: Share) -> Any:
        """Begin to start a supervisor on a node; returns its handle at once."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        options = {
            "name": f"{node.id} {secrets.token_hex(8)}",
            "num_cpus": share.cpus,
            "num_gpus": share.gpus,
            "memory": share.memory or None,
            "max_restarts": 0,
            "max_task_retries": 0,
            "scheduling_strategy": NodeAffinitySchedulingStrategy(node.id, soft=False),
        }
        return self._actor.options(**options).remote()

    def supervisors(self) -> list[tuple[str, Any]]:
        """Return every supervisor of any server: the id of its node, and its handle; it belongs on a thread."""
        from ray.util import list_named_actors

        found = []
        for entry in list_named_actors(all_namespaces=True):
            if entry["namespace"] == _NAMESPACE:
                with contextlib.suppress(ValueError):  # it has ended meanwhile
                    handle = self._ray.get_actor(entry["name"], namespace=_NAMESPACE)
                    found.append((entry["name"].partition(" ")[0], handle))
        return found

    async def call(self, supervisor: Any, method: str, *arguments: Any, seconds: float) -> Any:
        """Call a method of a supervisor (see :func:`app.backends.ray_cluster.node_job.answering`).

        Args:
            supervisor: its handle.
            method: the method's name.
            arguments: its arguments.
            seconds: after which it is taken for lost.

        Raises:
            HarpistError: as the method raised it.
            LostError: the node is gone.
            StorageError: Ray's object store is full, on either side.
        """
        errors = self._ray.exceptions
        try:
            # Large arguments are written into the object store here, which may take a moment.
            reference = await asyncio.to_thread(getattr(supervisor, method).remote, *arguments)
            kind, value = await within(asyncio.wrap_future(reference.future()), seconds)
        except (errors.ObjectStoreFullError, errors.OutOfDiskError) as error:
            raise StorageError("The object store of the Ray cluster is full; try again later.") from error
        except (errors.RayError, RuntimeError) as error:
            raise LostError(_first_line(error)) from error
        if kind == "ok":
            return value
        raise error_kinds().get(kind, WorkerError)(value)

    def end(self, supervisor: Any) -> None:
        """Kill a supervisor's process, if there is one; its workers end with it."""
        with contextlib.suppress(Exception):
            self._ray.kill(supervisor)

    def leave(self) -> None:
        """Leave the cluster; every supervisor of this process ends with the last that leaves."""
        with _JOINING:
            if self in _JOINED:
                _JOINED.remove(self)
            if not _JOINED:
                with contextlib.suppress(Exception):
                    self._ray.shutdown()


def _join(ray: Any, address: str) -> None:
    try:
        ray.init(address=address, namespace=_NAMESPACE, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:
        raise SettingsError(_refusal(address, error)) from error


async def within(answer: asyncio.Future[_Value], seconds: float) -> _Value:
    """Wait for an answer; unlike :func:`asyncio.wait_for` before Python 3.12, it never swallows a cancel.

    Raises:
        LostError: none has come in so many seconds.
    """
    await asyncio.wait({answer}, timeout=seconds)
    if not answer.done():
        answer.cancel()
        raise LostError(f"it did not answer in {seconds:g} s")
    return answer.result()


def _node(entry: dict[str, Any], free: dict[str, float]) -> Node:
    name = f"{entry['NodeManagerHostname']}-{entry['NodeID'][:6]}"
    return Node(entry["NodeID"], name, _share(entry["Resources"]), _share(free))


def _share(resources: dict[str, float]) -> Share:
    return Share(resources.get("CPU", 0.0), resources.get("GPU", 0.0), resources.get("memory", 0.0))


def _reach(address: str) -> None:
    """Knock at the cluster's port, since Ray would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_REACHED).close()
    except (OSError, ValueError, OverflowError):
        raise SettingsError(
            f"No Ray cluster answers at {address}; start one with “ray start --head”, or name another: --ray-address."
        ) from None


def _refusal(address: str, error: Exception) -> str:
    text = str(error)
    if "uthenticat" in text or "token" in text.lower():
        return (
            f"The Ray cluster at {address} did not let this server in: both need the same token, in RAY_AUTH_TOKEN or "
            "the file ~/.ray/auth_token, and RAY_AUTH_MODE=token."
        )
    if "ersion mismatch" in text:
        return f"The Ray cluster at {address} runs another Ray or Python than this server; both must be the same."
    # Ray keeps to its log that a token was wrong.
    return (
        f"The Ray cluster at {address} cannot be joined from this machine: {_first_line(error)}. Its token may be "
        "another than here (RAY_AUTH_TOKEN, or the file ~/.ray/auth_token)."
    )


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:200]
