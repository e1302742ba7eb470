"""What is done to a job's outputs once they are computed: a watermark, and where they came from."""

from __future__ import annotations

import asyncio

from app.backends.base import JobRequest
from app.config import Settings
from app.endpoint import Outputs
from app.jobs.origin import Origin, is_generated
from app.jobs.watermarking import RunInternal, Watermarking
from app.registry import Registry
from app.workers.uncancelled import uncancelled


class Finishing:
    """Finishes outputs as the settings want it.

    Args:
        settings: the server's.
        registry: has what puts watermarks in.
        run: runs it.

    Raises:
        SettingsError: why nothing can be signed with the settings' certificate and key.
        NotFoundError: what puts watermarks in is not installed here.
    """

    def __init__(self, settings: Settings, registry: Registry, run: RunInternal) -> None:
        self._origin = None if settings.no_provenance else Origin(settings)
        self._watermarking = Watermarking(registry, run) if settings.watermark else None

    async def finish(self, made: Outputs, request: JobRequest) -> Outputs:
        """Return a job's outputs, whose files lie in its folder.

        Raises:
            HarpistError: what could not be done.
            OSError: the disk is full.
        """
        if self._watermarking is not None and is_generated(request.spec):
            made = await self._watermarking.marked(made)
        if self._origin is not None:
            made = await uncancelled(asyncio.to_thread(self._origin.told_in, made, request))
        return made
