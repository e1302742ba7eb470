"""Trials of models that are installed: one at a time, in a sandbox, before they are offered."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from app.audacitorch.describe import describe
from app.errors import BusyError
from app.hub.failures import cancelled
from app.hub.install import Check
from app.hub.installed import INCOMING
from app.installs.installation import Installation, InstallState
from app.installs.learnt import Learnt
from app.jobs.service import JobService
from app.jobs.trial import try_model
from app.trained import is_trained

T = TypeVar("T")

_LOOK = 0.1
"""Seconds between two looks for whether the installation was cancelled."""


class Trials:
    """Tries models.

    Args:
        service: a started service.
        seconds: how long one may take.
        learnt: tries what is no model, but was learnt.
    """

    def __init__(self, service: JobService, seconds: float, learnt: Learnt) -> None:
        self._learnt = learnt
        self._service = service
        self._seconds = seconds
        self._turn = asyncio.Lock()

    async def run(self, model_id: str, folder: Path) -> None:
        """Try a commit's model, and keep what was learnt beside the commit's folder.

        Args:
            model_id: ``owner/name``.
            folder: named by the commit, in the model's own folder or among what is coming in there.

        Raises:
            HarpistError: why it is not to be offered.
        """
        home = folder.parent.parent if folder.parent.name == INCOMING else folder.parent
        profile = home / f"profile-{folder.name}.json"
        async with self._turn:
            if is_trained(folder):
                await asyncio.to_thread(self._learnt.tried, model_id, folder, profile)
                return
            try:
                await try_model(self._service, model_id, folder, profile, self._seconds)
            finally:
                # Nothing of a stranger's code stays in memory until somebody runs it.
                await self._service.forget(model_id)
        # What cannot be described could not be offered.
        await asyncio.to_thread(describe, model_id, folder)

    def check_for(self, installation: Installation) -> Check:
        """Return what tries the model of an installation, for the thread that installs; call it in the event loop."""
        loop = asyncio.get_running_loop()

        def check(folder: Path) -> None:
            installation.state = InstallState.TRYING
            trial = asyncio.run_coroutine_threadsafe(self.run(installation.reference.id, folder), loop)
            wait_for_trial(trial, installation.cancel.is_set)

        return check


def wait_for_trial(trial: concurrent.futures.Future[T], is_cancelled: Callable[[], bool]) -> T:
    """Wait for a trial, from another thread, and return what it returns.

    Raises:
        HarpistError: it failed.
        JobCancelledError: the installation was cancelled, or the server ends.
    """
    while not concurrent.futures.wait([trial], _LOOK).done:
        if is_cancelled():
            trial.cancel()
            raise cancelled()
    try:
        return trial.result()
    except (concurrent.futures.CancelledError, BusyError):
        raise cancelled() from None
