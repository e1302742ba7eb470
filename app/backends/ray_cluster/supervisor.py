"""What runs on a node: the pool of sandboxed workers, and the files that come to it and go from it.

Its methods are called through Ray. They take and return plain values and our own frozen dataclasses, and every error
comes back as data (see :func:`app.backends.ray_cluster.node_job.answering`): an exception of Ray's own then always
means that the node was lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.backends.base import JobRequest
from app.backends.local import LocalBackend
from app.backends.ray_cluster.blocks import BLOCK, Arriving, digest_of, read_block
from app.backends.ray_cluster.fingerprint import fingerprint
from app.backends.ray_cluster.manifest import ContentFile, Manifest, moved
from app.backends.ray_cluster.node_job import NodeJob, answering
from app.backends.ray_cluster.node_store import NodeStore
from app.backends.ray_cluster.running import Running
from app.config import Settings, environment_name
from app.endpoint import FileOutput, TrackFile
from app.errors import HarpistError, WorkerError
from app.own_code import ROOT, START
from app.workers.files.run_folder import RunFolder, remove_tree
from app.workers.uncancelled import uncancelled

_LOG = logging.getLogger(__name__)
_LOOK = 2.0
"""Seconds after which :meth:`Supervisor.follow` answers although nothing has changed: so its caller knows it lives."""

_RARELY = 0.1
"""Seconds between two answers that only tell of progress."""


class Supervisor:
    """One node's part. It is made empty, and opened once it is known to be the same Harpist as the server."""

    def __init__(self) -> None:
        # Ray's own program is this process's main module, and every worker would import it, and see its arguments.
        vars(sys.modules["__main__"]).pop("__file__", None)
        sys.argv = [""]
        os.environ.pop("PYTHONBREAKPOINT", None)  # Ray's debugger
        os.chdir(START)
        self._jobs: dict[str, Running] = {}
        self._contents: dict[str, Arriving] = {}

    @answering
    async def hello(self) -> dict[str, str]:
        """Return which Harpist this is (see :func:`app.backends.ray_cluster.fingerprint.fingerprint`)."""
        return await asyncio.to_thread(fingerprint)

    @answering
    async def open(self, settings: dict[str, Any], store: int, probe: str) -> int:
        """Make ready to run jobs; return this process's number.

        Args:
            settings: the server's, as far as they concern a node.
            store: bytes that endpoints' files may take here.
            probe: a file in the shared folder, to see that it is shared; empty: there is none.

        Raises:
            WorkerError: the node's folder cannot be made, or the shared folder is not there.
        """
        if probe and not Path(probe).is_file():
            raise WorkerError(f"The shared folder {Path(probe).parent} is not there on a node.")
        home = Path(os.environ.get(environment_name("home")) or "~/.harpist").expanduser().absolute() / "node"
        self._store = await asyncio.to_thread(NodeStore, home, store)
        self._folder = await asyncio.to_thread(RunFolder, home / "jobs")
        self._pool = LocalBackend(Settings(home=home, **settings))
        await self._pool.start()
        return os.getpid()

    @answering
    async def lacks(self, manifest: Manifest) -> list[ContentFile]:
        """Return the endpoint's files that this node has not; room is made for them."""

        def look() -> list[ContentFile]:
            files = self._store.lacks(manifest)
            if files:
                self._store.make_room(sum(file.size for file in files))
            return files

        return await asyncio.to_thread(look)

    @answering
    async def take_content(self, file: ContentFile, offset: int, block: bytes) -> None:
        """Take the next block of an endpoint's file; the one at 0 begins it anew.

        Raises:
            WorkerError: it is not the file that was announced.
        """
        if offset == 0:
            self._contents[file.sha256] = await asyncio.to_thread(self._store.arriving, file)
        arriving = self._contents[file.sha256]
        try:
            await asyncio.to_thread(arriving.take, block)
            if offset + BLOCK >= file.size:
                await asyncio.to_thread(self._store.keep, await asyncio.to_thread(arriving.finish), file)
                del self._contents[file.sha256]
        except BaseException:
            arriving.drop()
            raise

    @answering
    async def take_job(self, job: NodeJob) -> bool:
        """Take a job, whose files come next, unless its folder is shared; ``False``: its endpoint lacks files."""
        held = contextlib.ExitStack()
        try:
            bundle = await asyncio.to_thread(held.enter_context, self._store.holding(job.manifest))
        except FileNotFoundError:
            return False
        folder = self._folder.path / job.id
        (folder / "in").mkdir(parents=True)
        (folder / "out").mkdir()
        self._jobs[job.id] = running = Running(job, folder, bundle=str(bundle), held=held)
        if job.shared:
            running.inputs = {number: Path(track[1]) for number, track in enumerate(job.tracks) if track is not None}
        return True

    @answering
    async def take_input(self, job: str, number: int, size: int, sha256: str, block: bytes) -> None:
        """Take the next block of an input file.

        Raises:
            WorkerError: it is not the file that was announced.
        """
        running = self._jobs[job]
        track = running.job.tracks[number]
        assert track is not None
        if number not in running.arriving:
            path = running.folder / "in" / f"{number}{Path(track[1]).suffix}"
            running.arriving[number] = Arriving(path, size, sha256)
        arriving = running.arriving[number]
        await asyncio.to_thread(arriving.take, block)
        if arriving.come == size or len(block) < BLOCK:
            running.inputs[number] = await asyncio.to_thread(arriving.finish)

    @answering
    async def begin(self, job: str) -> None:
        """Run a job whose files are here."""
        running = self._jobs[job]
        running.task = asyncio.create_task(self._run(running))

    @answering
    async def follow(self, job: str, version: int) -> dict[str, Any]:
        """Return how far a job is, as soon as that is another ``version``, or after a while."""
        running = self._jobs[job]
        async with running.changed:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(running.changed.wait_for(lambda: running.version != version), _LOOK)
        if running.outcome is None and running.started and running.fraction:
            await asyncio.sleep(_RARELY)
        return {
            "version": running.version,
            "started": running.started,
            "fraction": running.fraction,
            "said": running.said,
            "outcome": running.outcome,
        }

    @answering
    async def give(self, job: str, number: int, offset: int) -> bytes:
        """Return a block of a result."""
        return await asyncio.to_thread(read_block, self._jobs[job].results[number], offset)

    @answering
    async def end(self, job: str) -> None:
        """End a job, if it still runs, and remove its files; nothing happens where there is none."""
        running = self._jobs.pop(job, None)
        if running is None:
            return
        if running.task is not None and not running.task.done():
            running.task.cancel()
            await asyncio.wait({running.task})
        running.held.close()
        await asyncio.to_thread(remove_tree, running.folder)

    @answering
    async def forget(self, endpoint_id: str) -> None:
        """Let go of what is warm for an endpoint."""
        await self._pool.forget(endpoint_id)

    @answering
    async def obstacle(self) -> str:
        """Return why the node gives no processes, if it gives none."""
        return await self._pool.obstacle()

    @answering
    async def state(self) -> dict[str, Any]:
        """Return what is at work here."""
        census = await asyncio.to_thread(self._pool.census)
        return {
            "census": census,
            "warm": (*self._pool.warm_endpoints(), *(one.job.spec.id for one in self._jobs.values())),
            "jobs": len(self._jobs),
        }

    @answering
    async def close(self) -> None:
        """End every job and every worker, and remove their files."""
        for job in list(self._jobs.values()):
            if job.task is not None:
                job.task.cancel()
                await asyncio.wait({job.task})
        await self._pool.close()
        await asyncio.to_thread(self._folder.close)

    async def _run(self, running: Running) -> None:
        def started() -> None:
            running.started = True
            tell()

        def progress(fraction: float, said: str = "", /) -> None:
            running.fraction, running.said = fraction, said or running.said
            tell()

        def tell() -> None:
            running.version += 1
            telling = asyncio.ensure_future(running.notify())
            tellings.add(telling)
            telling.add_done_callback(tellings.discard)

        tellings: set[asyncio.Future[None]] = set()
        try:
            outcome: dict[str, Any] = {"outputs": await self._outputs(running, started, progress)}
        except HarpistError as error:
            outcome = {"error": type(error).__name__, "message": error.message}
        except OSError as error:
            sentence = f"A node of the cluster could not keep the job’s files: {error.strerror}."
            outcome = {"error": WorkerError.__name__, "message": sentence}
        except Exception:
            _LOG.exception("job %s failed", running.job.id)
            # Without an outcome, whoever waits for one would wait for ever.
            sentence = "A node of the cluster failed at this job; its log says how."
            outcome = {"error": WorkerError.__name__, "message": sentence}
        running.outcome = outcome
        running.version += 1
        await uncancelled(running.notify())

    async def _outputs(self, running: Running, started: Callable[[], None], progress: Any) -> list[Any]:
        job = running.job
        tracks = tuple(
            None if track is None else TrackFile(running.inputs[number], track[0])
            for number, track in enumerate(job.tracks)
        )
        request = JobRequest(
            job.id,
            moved(job.spec, job.manifest, running.bundle, (str(ROOT), sys.prefix)),
            tracks,
            job.controls,
            Path(job.shared) if job.shared else running.folder / "out",
            job.caller,
            job.internal,
            job.timeout,
            job.keeps_ending,
            job.checked,
        )
        outputs = await self._pool.run(request, started, progress)
        return [await asyncio.to_thread(_as_data, item, running.results) for item in outputs]


def _as_data(output: Any, results: list[Path]) -> Any:
    """Return an output as it crosses: a file as its name, number, size and digest."""
    if not isinstance(output, FileOutput):
        return output
    results.append(output.path)
    size, digest = output.path.stat().st_size, digest_of(output.path)
    return {"number": len(results) - 1, "size": size, "sha256": digest, "file": replace(output, path=output.path)}
