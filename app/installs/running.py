"""The installations of a server: those that run, a few at once, and those that ended not long ago."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable

from app.errors import BusyError, HarpistError, NotFoundError, WorkerError
from app.hub.failures import PassingError, cancelled
from app.hub.ids import ModelReference
from app.installs.installation import Installation, InstallState

log = logging.getLogger(__name__)

Work = Callable[[Installation], Awaitable[tuple[str, str]]]
"""Installs something; returns its id and its commit."""

_KEPT = 50
"""Ended installations that are still told of."""


class Running:
    """Runs installations; called from the server's event loop.

    Args:
        problems: id → why a model is not offered; gains and loses what comes of installations.
        ended: called at the end of each.

    Attributes:
        outcomes: how many have come to what.
    """

    def __init__(self, problems: dict[str, str], ended: Callable[[], None]) -> None:
        self._problems = problems
        self._ended = ended
        self.outcomes: Counter[str] = Counter({state.value: 0 for state in InstallState if state.ended})
        self._installations: dict[str, Installation] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def all(self) -> tuple[Installation, ...]:
        """Those that run, and those that ended not long ago, in the order of their beginning."""
        return tuple(self._installations.values())

    def __contains__(self, model_id: str) -> bool:
        """Whether a model is being installed."""
        return model_id.lower() in self._tasks

    def begin(self, reference: ModelReference, work: Work) -> Installation:
        """Begin an installation, or return the one that is under way.

        Raises:
            BusyError: another revision of it is being installed.
        """
        key = reference.id.lower()
        if key in self._tasks:
            running = self._installations[key]
            if running.reference.revision == reference.revision:
                return running
            raise BusyError(f"{reference.id} is being installed at another revision; wait for that or cancel it.")
        self._installations.pop(key, None)
        ended = [name for name, item in self._installations.items() if item.state.ended]
        for name in ended[: max(0, len(ended) - _KEPT)]:
            del self._installations[name]
        installation = self._installations[key] = Installation(reference)
        self._problems.pop(reference.id, None)
        self._tasks[key] = asyncio.create_task(self._run(key, installation, work))
        return installation

    async def cancel(self, model_id: str) -> Installation:
        """End an installation; what came so far is kept for the next time.

        Raises:
            NotFoundError: there is none of this model.
        """
        key = model_id.lower()
        installation = self._installations.get(key)
        if installation is None:
            raise NotFoundError(f"{' '.join(model_id.split())[:80]} is not being installed.")
        installation.cancel.set()
        if key in self._tasks:
            task = self._tasks[key]
            if not (await asyncio.wait({task}, timeout=1.0))[0]:
                # It waits for its turn, or its thread for the hub; that one ends when the hub has answered.
                task.cancel()
                await asyncio.wait({task})
        return installation

    def forget(self, model_id: str) -> None:
        """Tell no longer of what came of a model, which is gone."""
        self._problems.pop(model_id, None)
        self._installations.pop(model_id.lower(), None)
        self._ended()

    async def close(self, *others: asyncio.Task[None]) -> None:
        """End every installation, and other tasks; what came so far is kept for the next time."""
        for installation in self._installations.values():
            installation.cancel.set()
        tasks = [*self._tasks.values(), *others]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _run(self, key: str, installation: Installation, work: Work) -> None:
        try:
            installation.finish(*await work(installation))
        except asyncio.CancelledError:
            installation.fail(cancelled())
            raise
        except HarpistError as error:
            installation.fail(error)
            if installation.state is InstallState.FAILED and not isinstance(error, PassingError):
                self._problems[installation.reference.id] = error.message
        except Exception:
            log.exception("installing %s failed inside the server", installation.reference)
            installation.fail(WorkerError("The server failed to install this model; its log says why."))
        finally:
            del self._tasks[key]
            self.outcomes[installation.state.value] += 1
            self._ended()
