"""The supervisors of a cluster: started where there is room, watched, given jobs, drained."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

from app.backends.base import NodeCensus
from app.backends.ray_cluster.cluster import Cluster
from app.backends.ray_cluster.fingerprint import difference, fingerprint
from app.backends.ray_cluster.membership import LostError
from app.backends.ray_cluster.placement import choose, wanted
from app.backends.ray_cluster.sight import Sight
from app.backends.ray_cluster.stationed import Stationed, Terms
from app.errors import HarpistError, WorkerError

_LOG = logging.getLogger(__name__)
_LOOK_EVERY = 1.0
"""Seconds between two looks at the cluster."""

_ANSWERS = 30.0
"""Seconds in which a supervisor answers; it is taken for lost after that."""

_STARTS = 120.0
"""Seconds in which a supervisor has started; Ray waits for ever for what a node has not."""

_RETURNS = 60.0
"""Seconds for which jobs wait for a cluster that is lost, to be started anew."""

_AVOID = 20.0
"""Seconds for which a node gets no supervisor after one could not be started there."""


class Fleet:
    """Starts supervisors on a cluster, one a node, as many as the jobs ask for.

    Args:
        cluster: where.
        terms: how many, and how.

    Attributes:
        lost: how many nodes or supervisors were lost.
    """

    def __init__(self, cluster: Cluster, terms: Terms) -> None:
        self._cluster, self._terms = cluster, terms
        self._all: list[Stationed] = []
        self._waiting: deque[tuple[str, Collection[str], asyncio.Future[Stationed]]] = deque()
        self._avoided: dict[str, float] = {}
        self._reason = "others hold what its nodes have, or they have no room for a job"
        self._sight = Sight(cluster)
        self._tasks: set[asyncio.Task[Any]] = set()
        self.lost: Counter[str] = Counter()

    async def start(self) -> None:
        """Begin to watch the cluster; return when a supervisor takes jobs, unless none is to be there without one.

        Raises:
            WorkerError: there is none, and why.
        """
        await self._look()
        if self._sight.lost or (not self._all and self._terms.least):
            raise WorkerError(self._none())
        self._keep(self._watch())
        deadline = time.monotonic() + _STARTS
        while not self.stationed and self._terms.least:
            if not self._all or time.monotonic() > deadline:
                raise WorkerError(self._none())
            await asyncio.sleep(0.05)

    async def close(self) -> None:
        """End every supervisor, their jobs with them."""
        for task in list(self._tasks):
            task.cancel()
        for *_, turn in self._waiting:
            turn.cancel()
        if not self._sight.lost:
            await asyncio.gather(*(self._end(one) for one in list(self._all)))
        await asyncio.to_thread(self._cluster.leave)

    @property
    def capacity(self) -> int:
        """How many jobs could run at once with as many supervisors as there may be."""
        fits = sorted((self._terms.demand.fits(node.has) for node in self._sight.nodes), reverse=True)
        return max(1, sum(fits[: self._terms.most]))

    @property
    def obstacle(self) -> str:
        """Why no job can be begun now, as a sentence; empty: nothing keeps it."""
        demand, least = self._terms.demand, self._terms.least
        could = self.stationed or (not least and any(demand.fits(node.has) for node in self._sight.nodes))
        if could and not self._sight.lost:
            return ""
        return self._none() if self._sight.lost or not self._all else "The Ray cluster’s nodes are being made ready."

    @property
    def stationed(self) -> list[Stationed]:
        """Every supervisor that takes jobs."""
        return [one for one in self._all if one.open]

    @asynccontextmanager
    async def place(
        self, endpoint_id: str, avoided: Collection[str] = (), *, beside: bool = False
    ) -> AsyncIterator[Stationed]:
        """Wait for a supervisor that takes a job, and hold a place on it for the length of a ``with`` block.

        Args:
            endpoint_id: the job's.
            avoided: ids of the nodes that are taken only where there is no other.
            beside: the job is the server's own, and takes no caller's place where a supervisor is there.

        Raises:
            WorkerError: there is none, and none can be started.
        """
        one = choose(self._all, endpoint_id, avoided, beside=True) if beside and not self._sight.lost else None
        if one is not None:
            one.beside += 1
            try:
                yield one
            finally:
                one.beside -= 1
                one.idle_since = time.monotonic()
            return
        one = await self._turn(endpoint_id, avoided)
        try:
            yield one
        finally:
            self._release(one)

    async def _turn(self, endpoint_id: str, avoided: Collection[str]) -> Stationed:
        turn: asyncio.Future[Stationed] = asyncio.get_running_loop().create_future()
        self._waiting.append((endpoint_id, avoided, turn))
        self._advance()
        begun = time.monotonic()
        try:
            while not turn.done():
                await asyncio.wait({turn}, timeout=_LOOK_EVERY)
                if self._all and not self._sight.lost:
                    begun = time.monotonic()
                if not turn.done() and time.monotonic() - begun > (_RETURNS if self._sight.lost else _STARTS):
                    raise WorkerError(self._none())
            return turn.result()
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._release(turn.result())
            turn.cancel()
            raise

    def _release(self, one: Stationed) -> None:
        one.running -= 1
        one.idle_since = time.monotonic()
        self._advance()

    def gone(self, one: Stationed, reason: str) -> None:
        """Note that a supervisor is lost."""
        if one in self._all:
            self._all.remove(one)
            one.open = False
            self.lost[one.node.name] += 1
            _LOG.warning("node %s was lost: %s", one.node.name, reason)
            self._cluster.end(one.handle)

    async def everywhere(self, method: str, *arguments: Any, seconds: float = _ANSWERS) -> list[Any]:
        """Call a method of every supervisor; returns what those answer that do in so many seconds."""
        answers = await asyncio.gather(
            *(self._cluster.call(one.handle, method, *arguments, seconds=seconds) for one in self.stationed),
            return_exceptions=True,
        )
        return [answer for answer in answers if not isinstance(answer, BaseException)]

    def census(self) -> list[NodeCensus]:
        """Return what is at work on each node, as it was a second ago at most."""
        return [NodeCensus(one.node.name, one.census, one.jobs) for one in self.stationed]

    def _advance(self) -> None:
        for item in list(self._waiting):
            endpoint_id, avoided, turn = item
            if turn.done():
                self._waiting.remove(item)
                continue
            one = None if self._sight.lost else choose(self._all, endpoint_id, avoided)
            if one is None:
                return
            self._waiting.remove(item)
            one.running += 1
            one.warm.add(endpoint_id)
            turn.set_result(one)

    def _none(self) -> str:
        return f"The Ray cluster cannot run jobs now: {self._sight.lost or self._reason}."

    def _keep(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            try:
                await self._look()
            except Exception:
                _LOG.exception("the cluster could not be looked at")

    async def _look(self) -> None:
        """Ask the cluster for its nodes, and every supervisor how it stands; start and end what is to be."""
        if await self._sight.look():
            for one in list(self._all):
                self.gone(one, "the cluster was joined anew")
        if self._sight.lost:
            return
        here = {node.id for node in self._sight.nodes}
        for one in list(self._all):
            if one.node.id not in here:
                self.gone(one, "it left the cluster")
        await asyncio.gather(*(self._ask(one) for one in self.stationed))
        self._scale()
        self._advance()

    async def _ask(self, one: Stationed) -> None:
        try:
            state = await self._cluster.call(one.handle, "state", seconds=_ANSWERS)
        except (LostError, HarpistError) as error:
            self.gone(one, str(error))
            return
        one.census, one.warm = state["census"], {*state["warm"]}

    def _scale(self) -> None:
        now, terms = time.monotonic(), self._terms
        occupied = {one.node.id for one in self._all}
        fits = [(terms.demand.fits(node.free), node) for node in self._sight.nodes if node.id not in occupied]
        free = sorted(
            ((jobs, node) for jobs, node in fits if jobs > 0 and self._avoided.get(node.id, 0.0) < now),
            key=lambda pair: -pair[0],
        )
        staying = [one for one in self._all if not one.draining]
        demand = sum(one.running for one in staying) + sum(not turn.done() for *_, turn in self._waiting)
        room = [one.jobs for one in staying] + [jobs for jobs, _ in free]
        count = wanted(demand, room, terms.least, terms.most)
        for jobs, node in free[: max(0, count - len(staying))]:
            one = Stationed(node, jobs, handle=self._cluster.place(node, terms.demand.of(jobs)))
            self._all.append(one)
            self._keep(self._open(one))
        idle = [
            one for one in staying if one.open and not one.running + one.beside and now - one.idle_since > terms.idle
        ]
        for one in sorted(idle, key=lambda one: one.idle_since)[: max(0, len(staying) - max(count, terms.least))]:
            _LOG.info("node %s is no longer needed", one.node.name)
            one.draining, one.open = True, False
            self._keep(self._end(one))

    async def _open(self, one: Stationed) -> None:
        terms = self._terms
        try:
            there = await self._cluster.call(one.handle, "hello", seconds=_STARTS)
            wrong = difference(await asyncio.to_thread(fingerprint), there)
            if wrong:
                raise WorkerError(f"node {one.node.name} runs another version ({wrong})")
            settings = {**terms.settings, "workers": one.jobs}
            one.pid = await self._cluster.call(one.handle, "open", settings, terms.store, terms.probe, seconds=_STARTS)
        except (LostError, HarpistError) as error:
            self._reason = _told(one, error)
            _LOG.warning("no jobs on node %s: %s", one.node.name, self._reason)
            self._avoided[one.node.id] = time.monotonic() + _AVOID
            self._all.remove(one)
            self._cluster.end(one.handle)
            return
        one.open, one.idle_since = True, time.monotonic()
        _LOG.info("node %s takes %d jobs at once", one.node.name, one.jobs)
        self._advance()

    async def _end(self, one: Stationed) -> None:
        one.open = False
        with contextlib.suppress(LostError, HarpistError):
            await self._cluster.call(one.handle, "close", seconds=_ANSWERS)
        self._cluster.end(one.handle)
        if one in self._all:
            self._all.remove(one)


def _told(one: Stationed, error: Exception) -> str:
    text = str(error).rstrip(".")
    if "No module named" in text or "ModuleNotFoundError" in text:
        return f"node {one.node.name} lacks Harpist, or something that it needs"
    if text.startswith(("AttributeError:", "ImportError:")):  # its sources do not even fit ours
        return f"node {one.node.name} runs another version (which has no more in common with this one)"
    return text if one.node.name in text else f"node {one.node.name}: {text}"
