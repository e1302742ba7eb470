"""What is asked of Ray itself: its nodes, an actor on one of them, a call to that."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from app.backends.ray_cluster.membership import NAMESPACE, LostError, first_line, member, release
from app.backends.ray_cluster.supervisor import Supervisor
from app.errors import SettingsError, StorageError, WorkerError, error_kinds
from app.own_code import pip_arguments

_Value = TypeVar("_Value")
_LOOK_EVERY = 1.0
"""Seconds between two looks whether an answer can come at all."""


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


@dataclass(frozen=True)
class Handle:
    """A supervisor as Ray knows it.

    Attributes:
        actor: Ray's own handle.
        generation: of the cluster (see :class:`app.backends.ray_cluster.membership.Membership`).
    """

    actor: Any
    generation: int


class Cluster:
    """A Ray cluster that this process has joined.

    Args:
        address: ``HOST:PORT`` of the cluster's head.

    Raises:
        SettingsError: Ray is not installed, there is no cluster, or it does not let this server in.
    """

    def __init__(self, address: str) -> None:
        try:
            self._ray, self._membership = member(address)
        except ImportError:
            install = f"python -m pip install {pip_arguments('requirements-ray.txt')}"
            raise SettingsError(f"The backend ray needs Ray; install it with: {install}") from None
        self._actor = self._ray.remote(Supervisor)

    @property
    def generation(self) -> int:
        """How often the cluster was left because it was lost: no supervisor of an earlier time is there any more."""
        return self._membership.generation

    def nodes(self) -> list[Node]:
        """Return the nodes that live; it asks the cluster, so that it belongs on a thread.

        Raises:
            LostError: there is no cluster now (see :meth:`Membership.nodes`).
        """
        from ray._private.state import available_resources_per_node

        listed = self._membership.nodes()
        try:
            free = available_resources_per_node()  # for developers, says Ray; it tells so of no other
        except Exception as error:
            raise LostError(first_line(error)) from error
        return [_node(entry, free.get(entry["NodeID"], {})) for entry in listed]

    def place(self, node: Node, share: Share) -> Handle:
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
        return Handle(self._actor.options(**options).remote(), self.generation)

    def supervisors(self) -> list[tuple[str, Handle]]:
        """Return every supervisor of any server: the id of its node, and its handle; it belongs on a thread."""
        from ray.util import list_named_actors

        found = []
        for entry in list_named_actors(all_namespaces=True):
            if entry["namespace"] == NAMESPACE:
                with contextlib.suppress(ValueError):  # it has ended meanwhile
                    handle = Handle(self._ray.get_actor(entry["name"], namespace=NAMESPACE), self.generation)
                    found.append((entry["name"].partition(" ")[0], handle))
        return found

    async def call(self, supervisor: Handle, method: str, *arguments: Any, seconds: float) -> Any:
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
        full = (errors.ObjectStoreFullError, errors.OutOfDiskError)

        async def answered() -> Any:
            try:
                # Large arguments are written into the object store here, which may take a moment.
                reference = await asyncio.to_thread(getattr(supervisor.actor, method).remote, *arguments)
            except full:
                raise
            except Exception as error:  # whatever Ray raises that has left the cluster meanwhile
                raise LostError(first_line(error)) from error
            return await asyncio.wrap_future(reference.future())

        try:
            kind, value = await within(
                asyncio.ensure_future(answered()), seconds, lambda: self.generation == supervisor.generation
            )
        except full as error:
            raise StorageError("The object store of the Ray cluster is full; try again later.") from error
        except (errors.RayError, RuntimeError) as error:
            raise LostError(first_line(error)) from error
        if kind == "ok":
            return value
        raise error_kinds().get(kind, WorkerError)(value)

    def end(self, supervisor: Handle) -> None:
        """Kill a supervisor's process, if there is one; its workers end with it."""
        with contextlib.suppress(Exception):
            self._ray.kill(supervisor.actor)

    def leave(self) -> None:
        """Leave the cluster; every supervisor of this process ends with the last that leaves."""
        release(self._membership)


async def within(answer: asyncio.Future[_Value], seconds: float, still: Callable[[], bool] = lambda: True) -> _Value:
    """Wait for an answer; unlike :func:`asyncio.wait_for` before Python 3.12, it never swallows a cancel.

    Args:
        answer: cancelled where it has not come.
        seconds: for how long it is waited for.
        still: whether it can come at all; asked now and then.

    Raises:
        LostError: none has come.
    """
    deadline = time.monotonic() + seconds
    try:
        while not answer.done():
            if not still():
                raise LostError("the cluster was lost")
            if (left := deadline - time.monotonic()) <= 0:
                raise LostError(f"it did not answer in {seconds:g} s")
            await asyncio.wait({answer}, timeout=min(left, _LOOK_EVERY))
        return answer.result()
    finally:
        answer.cancel()


def _node(entry: dict[str, Any], free: dict[str, float]) -> Node:
    name = f"{entry['NodeManagerHostname']}-{entry['NodeID'][:6]}"
    return Node(entry["NodeID"], name, _share(entry["Resources"]), _share(free))


def _share(resources: dict[str, float]) -> Share:
    return Share(resources.get("CPU", 0.0), resources.get("GPU", 0.0), resources.get("memory", 0.0))
