"""How a cluster stands, for whoever looks after it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from app.backends.ray_cluster.cluster import Cluster, Node
from app.backends.ray_cluster.membership import LostError
from app.backends.ray_cluster.placement import Demand
from app.config import Settings
from app.errors import HarpistError

_ANSWERS = 10.0
"""Seconds in which a supervisor answers."""


@dataclass(frozen=True)
class NodeStatus:
    """How a node stands.

    Attributes:
        node: what it has.
        fits: how many jobs it could run at once.
        supervisors: what each answers that runs there, of any server (see
            :meth:`app.backends.ray_cluster.supervisor.Supervisor.state`); ``None`` for one that does not answer.
    """

    node: Node
    fits: int
    supervisors: tuple[dict[str, Any] | None, ...]


def cluster_status(settings: Settings) -> list[NodeStatus]:
    """Join the cluster of the settings, ask every node, and leave it.

    Raises:
        SettingsError: there is no such cluster, or it does not let this machine in.
        LostError: its head does not answer.
    """
    demand = Demand(settings.ray_cpus, settings.ray_gpus, settings.memory * 2**30)
    cluster = Cluster(settings.ray_address)
    try:
        standing = asyncio.run(_ask_all(cluster))
        return [NodeStatus(node, demand.fits(node.has), tuple(standing.get(node.id, ()))) for node in cluster.nodes()]
    finally:
        cluster.leave()


async def _ask_all(cluster: Cluster) -> dict[str, list[dict[str, Any] | None]]:
    standing: dict[str, list[dict[str, Any] | None]] = {}
    for node, handle in await asyncio.to_thread(cluster.supervisors):
        try:
            answer = await cluster.call(handle, "state", seconds=_ANSWERS)
        except (LostError, HarpistError):
            answer = None
        standing.setdefault(node, []).append(answer)
    return standing
