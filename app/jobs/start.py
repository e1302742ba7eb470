"""What a server does while it answers already: its new models are tried, one after the other."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from app.audacitorch.profile import recognise
from app.errors import BusyError, DeadlineError, HarpistError, JobCancelledError
from app.jobs.service import JobService
from app.jobs.trial import try_model
from app.registry import Registry

Say = Callable[[str], None]

SHORT = 20.0
"""Seconds that a model gets before it has to wait until all others were tried."""


@dataclass
class StartProgress:
    """How far a start is.

    Attributes:
        trying: which of the new models is tried now, from 1.
        total: how many there are.
        done: whether the server is where it will stay.
    """

    trying: int = 0
    total: int = 0
    done: bool = False

    @property
    def step(self) -> str:
        """What is done now, such as ``trying 3 of 7``."""
        return f"trying {self.trying} of {self.total}" if self.trying else "looking for what is new"

    @property
    def sentence(self) -> str:
        """What someone reads who asks for what is not ready yet."""
        return f"The server is starting: {self.step}; ask again in some seconds."


@dataclass(frozen=True)
class Untried:
    """A model of which nothing is known: its id, where it lies, and the file for what is learnt of it."""

    id: str
    folder: Path
    profile: Path


class Start:
    """The work of a start, beside the first answers.

    Args:
        service: a started service, once :meth:`begin` is called.
        registry: loses the models that fail.
        seconds: how long the trial of one model may take.
        say: takes each line that the operator should read.

    Attributes:
        progress: how far it is.
    """

    def __init__(self, service: JobService, registry: Registry, seconds: float, say: Say) -> None:
        self.progress = StartProgress()
        self._service = service
        self._registry = registry
        self._seconds = seconds
        self._say = say
        self._task: asyncio.Task[None] | None = None

    def begin(self, then: Callable[[], Awaitable[None]]) -> None:
        """Begin to try what is new, and then do what else a start does."""
        # Until it is known which of them are new; the others are offered within a moment.
        for endpoint_id in self._registry.tested():
            self._registry.hold(endpoint_id, lambda: self.progress.sentence)
        self._task = asyncio.create_task(self._run(then))

    async def settled(self) -> None:
        """Return when all is done.

        Raises:
            HarpistError: the server is of no use.
        """
        if self._task is not None:
            await asyncio.shield(self._task)

    async def close(self) -> None:
        """End what is still under way."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError, HarpistError):
                await self._task

    async def _run(self, then: Callable[[], Awaitable[None]]) -> None:
        try:
            await self._try_all(await asyncio.to_thread(self._sort))
            await then()
        finally:
            self.progress.done = True

    def _sort(self) -> list[Untried]:
        """Offer every model that is known, and return the others; a model that was copied is read, so for a thread."""
        untried = [Untried(*item) for item in self._registry.untried(patient=False)]
        new = {model.id for model in untried}
        for endpoint_id in self._registry.held():
            if endpoint_id not in new:
                self._registry.release(endpoint_id)
        for folder, profile in self._registry.profiles():
            recognise(profile, folder)
        return untried

    async def _try_all(self, models: list[Untried]) -> None:
        """Try each for a short while, then those that need longer: one that hangs keeps no other waiting for long."""
        self.progress.total = len(models)
        short = min(SHORT, self._seconds)
        slow = []
        for number, model in enumerate(models, 1):
            self.progress.trying = number
            if not await self._try(model, short, last=short == self._seconds):
                slow.append((number, model))
        for number, model in slow:
            self.progress.trying = number
            await self._try(model, self._seconds, last=True)

    async def _try(self, model: Untried, seconds: float, *, last: bool) -> bool:
        """Try one model; returns whether it is to be tried no more."""
        place = f"{self.progress.trying} of {self.progress.total}"
        self._say(f"harpist: trying {model.id} ({place}) …")
        began = time.monotonic()
        try:
            await try_model(self._service, model.id, model.folder, model.profile, seconds)
        except (JobCancelledError, BusyError):
            return True  # the server ends
        except HarpistError as error:
            if isinstance(error, DeadlineError) and not last:
                self._say(f"harpist: {model.id} needs longer than {seconds:g} s; the others come first.")
                return False
            self._registry.remove(model.id)
            self._say(f"harpist: left out {model.id}: {error.message}")
        else:
            self._registry.release(model.id)
            self._say(f"harpist: {model.id} is ready, after {time.monotonic() - began:.1f} s.")
        return True
