"""All files of one job as a zip, written in a thread and kept in the job's folder."""

from __future__ import annotations

import asyncio
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from app.errors import NotFoundError

_JOB_ID = re.compile(r"[A-Za-z0-9_-]{8,128}")


def write_archive(folder: Path) -> Path:
    """Put the files of a job's folder into one zip, stored and not packed: sound hardly shrinks. Blocking.

    Raises:
        NotFoundError: the folder or its files are gone.
    """
    archive = folder / ".all.zip"
    if archive.exists():
        return archive
    part = folder / f".{uuid4().hex}.part"
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
        if not files:
            raise NotFoundError("This job has no files.")
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED, strict_timestamps=False) as out:
            for path in files:
                out.write(path, path.name)
        part.replace(archive)
    except OSError:
        raise NotFoundError("These files are not kept any more; process the sound again.") from None
    finally:
        part.unlink(missing_ok=True)
    return archive


def archive_route(jobs: Path, name: str, touch: Callable[[Path], None]) -> Route:
    """Return the route ``/archive/JOB``; a job's id is unguessable, so whoever names it may have its files.

    Args:
        jobs: the folder of job folders.
        name: what the zip is called, without its extension.
        touch: told of each zip that is fetched, since what is in use must not expire.
    """

    async def archive(request: Request) -> Response:
        job = request.path_params["job"]
        try:
            if not _JOB_ID.fullmatch(job) or not (jobs / job).is_dir():
                raise NotFoundError("There is no such job; its files may have expired.")
            path = await asyncio.to_thread(write_archive, jobs / job)
            touch(path)
        except NotFoundError as error:
            return PlainTextResponse(error.message, status_code=error.status)
        return FileResponse(path, media_type="application/zip", filename=f"{name}.zip")

    return Route("/archive/{job}", archive, methods=["GET"])
