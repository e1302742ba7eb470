"""The cluster as it is seen from here: its nodes, or why there is none now."""

from __future__ import annotations

import asyncio
import logging

from app.backends.ray_cluster.cluster import Cluster, Node, within
from app.backends.ray_cluster.membership import LostError

_LOG = logging.getLogger(__name__)
_LISTS = 10.0
"""Seconds in which the cluster tells its nodes."""


class Sight:
    """What was seen of a cluster last.

    Args:
        cluster: looked at.

    Attributes:
        nodes: those that lived.
        lost: why there is no cluster now; empty where there is one.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.nodes: list[Node] = []
        self.lost = ""
        self._cluster, self._generation = cluster, cluster.generation
        self._asked: asyncio.Future[list[Node]] | None = None

    async def look(self) -> bool:
        """Look at the cluster; returns whether it was joined anew, so that all that was begun there is gone."""
        try:
            self.nodes = await self._listed()
        except LostError as error:
            if not self.lost:
                _LOG.warning("the Ray cluster is lost, and jobs wait: %s", error)
            # What keeps Ray from answering is what was lost before.
            self.lost = self.lost if self.lost and self._asked else str(error)
            return False
        if self.lost:
            _LOG.warning("the Ray cluster is there again")
            self.lost = ""
        before, self._generation = self._generation, self._cluster.generation
        return before != self._generation

    async def _listed(self) -> list[Node]:
        """Return the nodes; one question is under way at most, since Ray may keep it for long.

        Raises:
            LostError: there is no cluster now.
        """
        if self._asked is None:
            self._asked = asyncio.ensure_future(asyncio.to_thread(self._cluster.nodes))
        try:
            return await within(asyncio.shield(self._asked), _LISTS)
        finally:
            if self._asked.done():
                self._asked = None
