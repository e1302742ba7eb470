"""Listens to files for a watermark, in a worker, as ``provenance --watermark`` wants it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from app.cli.private_folder import private_folder
from app.config import Settings
from app.endpoint import TrackFile
from app.errors import HarpistError
from app.harp.labels import LabelList
from app.jobs.service import JobService
from app.jobs.watermarking import WATERMARK
from app.main import create_service
from app.registry import Registry
from app.sources import registry_for


def listen(settings: Settings, files: Sequence[Path]) -> dict[Path, str]:
    """Return in words what is heard in each sound file; nothing of a file that is none.

    Raises:
        HarpistError: nothing can be heard here: the weights or the library are missing.
    """
    with closing(private_folder(settings.home, ".listening-")) as made:
        registry = registry_for(settings, [WATERMARK], lambda line: print(line, file=sys.stderr, flush=True))
        quiet = replace(settings, home=made.path, workers=1, watermark=False, sign=())
        return asyncio.run(_all(create_service(quiet, registry), registry, files))


async def _all(service: JobService, registry: Registry, files: Sequence[Path]) -> dict[Path, str]:
    spec = registry.get(WATERMARK)
    heard: dict[Path, str] = {}
    await service.start()
    try:
        for path in files:
            try:
                outputs = await service.run_internal(spec, [TrackFile(path, path.name)], controls={"mark": False})
            except HarpistError:
                continue
            labels = outputs[1]
            if isinstance(labels, LabelList) and labels.labels:
                told = labels.labels[0]
                heard[path] = f"{told.label}. {told.description or ''}".strip()
        return heard
    finally:
        await service.close()
