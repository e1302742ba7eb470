"""A new model is tried once, in a worker, before it is offered: what it returns decides what its card shows."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from app.audacitorch.describe import inspection_spec
from app.endpoint import FileOutput, Outputs
from app.errors import DeadlineError, WorkerCrashError, WorkerError
from app.jobs.service import JobService

_UNFROZEN = "it ended its process when it was frozen"


async def try_model(service: JobService, endpoint_id: str, folder: Path, profile: Path, seconds: float) -> None:
    """Run the model in ``folder``, known as ``endpoint_id``, on noise and keep what was learnt in the file ``profile``.

    A model whose process is lost is tried once more, without what is done to make models faster.

    Args:
        service: a started service.
        endpoint_id: ``owner/name``.
        folder: where the model lies.
        profile: the file to write; its folder is made when missing.
        seconds: how long it may take: the setting ``load_timeout``.

    Raises:
        ModelFormatError: not a model.
        ModelRunError: it fails on whatever it is given.
        WorkerError: it crashed or took too long, or the profile cannot be written.
    """
    try:
        outputs = await asyncio.wait_for(_outputs(service, endpoint_id, folder, seconds), seconds)
    except asyncio.TimeoutError:
        raise DeadlineError(
            f"The model was given up: loading and trying it took longer than {seconds:g} s (the setting load_timeout)."
        ) from None
    written = next(item.path for item in outputs if isinstance(item, FileOutput))
    try:
        profile.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(written, profile)
    except OSError as error:
        raise WorkerError(f"The model's profile cannot be kept: {error.strerror}.") from error


async def _outputs(service: JobService, endpoint_id: str, folder: Path, seconds: float) -> Outputs:
    try:
        return await service.run_internal(inspection_spec(endpoint_id, folder), (), timeout=seconds)
    except WorkerCrashError:
        plain = inspection_spec(endpoint_id, folder, _UNFROZEN)
        return await service.run_internal(plain, (), timeout=seconds)
