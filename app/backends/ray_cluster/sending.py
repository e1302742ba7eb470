"""A job's files on their way to a node and back, in blocks."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.backends.base import JobRequest
from app.backends.ray_cluster.blocks import BLOCK, WINDOW, Arriving, digest_of, read_block
from app.backends.ray_cluster.cluster import Cluster
from app.backends.ray_cluster.manifest import Manifest
from app.backends.ray_cluster.node_job import NodeJob
from app.endpoint import Outputs, Watch
from app.errors import AudioFileError, StorageError, WorkerError, error_kinds

_ANSWERS = 30.0
"""Seconds in which a supervisor answers that lives: it does so every two, whatever it computes."""

_STORE_TRIES = 5
"""How often a block is sent, at most, while the object store is full; each time after a longer pause."""


class Sending:
    """One job's dealings with one supervisor.

    Args:
        cluster: where it is.
        handle: the supervisor's.
    """

    def __init__(self, cluster: Cluster, handle: Any) -> None:
        self._cluster, self._handle = cluster, handle

    async def endpoint(self, manifest: Manifest) -> None:
        """Send what the node lacks of an endpoint.

        Raises:
            WorkerError: a file changed meanwhile or is gone, or the node could not keep it.
            StorageError: the object store is full.
            LostError: the node is gone.
        """
        if not manifest.files:
            return
        for file in await self._call("lacks", manifest):
            for offset in range(0, max(file.size, 1), BLOCK):
                try:
                    block = await asyncio.to_thread(read_block, Path(file.path), offset)
                except OSError as error:
                    raise WorkerError(f"A file of the model cannot be read: {error.strerror}.") from error
                await self._call("take_content", file, offset, block)

    async def job(self, job: NodeJob, request: JobRequest) -> bool:
        """Send a job with its files, and let it begin; ``False``: the node lacks a file of its endpoint.

        Raises:
            AudioFileError: an input file is no longer there.
            WorkerError: the node could not keep one.
            StorageError: the object store is full.
            LostError: the node is gone.
        """
        if not await self._call("take_job", job):
            return False
        if not job.shared:
            for number, track in enumerate(request.tracks):
                if track is not None:
                    await self._input(job.id, number, track.path)
        await self._call("begin", job.id)
        return True

    async def _input(self, job: str, number: int, path: Path) -> None:
        try:
            size, sha256 = path.stat().st_size, await asyncio.to_thread(digest_of, path)
            for offset in range(0, max(size, 1), BLOCK):
                block = await asyncio.to_thread(read_block, path, offset)
                await self._call("take_input", job, number, size, sha256, block)
        except FileNotFoundError:
            raise AudioFileError("The file is no longer there or cannot be read; send it again.") from None

    async def follow(self, job: NodeJob, started: Callable[[], None], progress: Watch) -> list[Any]:
        """Tell of a job's progress until it has ended; returns its results as the node has them.

        Raises:
            HarpistError: why there are none.
            LostError: the node is gone.
        """
        version, begun, told = 0, False, (0.0, "")
        while True:
            now = await self._call("follow", job.id, version)
            version = now["version"]
            if now["started"] and not begun:
                begun = True
                started()
            if (now["fraction"], now["said"]) != told:
                told = now["fraction"], now["said"]
                progress(*told)
            outcome = now["outcome"]
            if outcome is None:
                continue
            if "outputs" in outcome:
                outputs: list[Any] = outcome["outputs"]
                return outputs
            raise error_kinds().get(outcome["error"], WorkerError)(outcome["message"])

    async def results(self, job: NodeJob, records: list[Any], folder: Path) -> Outputs:
        """Fetch a job's results into ``folder``: each is there as a whole, or not at all.

        Raises:
            WorkerError: one changed on its way.
            OSError: the disk is full.
            LostError: the node is gone.
        """
        return [await self._result(job, one, folder) if isinstance(one, dict) else one for one in records]

    async def _result(self, job: NodeJob, record: dict[str, Any], folder: Path) -> Any:
        arriving = Arriving(folder / record["file"].path.name, record["size"], record["sha256"])
        offsets = deque(range(0, record["size"], BLOCK))
        coming: deque[asyncio.Task[bytes]] = deque()
        try:
            while offsets or coming:
                while offsets and len(coming) < WINDOW:
                    coming.append(asyncio.create_task(self._call("give", job.id, record["number"], offsets.popleft())))
                await asyncio.to_thread(arriving.take, await coming.popleft())
            return replace(record["file"], path=await asyncio.to_thread(arriving.finish))
        except BaseException:
            for task in coming:
                task.cancel()
            await asyncio.gather(*coming, return_exceptions=True)  # what they say no longer matters
            arriving.drop()
            raise

    @staticmethod
    def adopt(records: list[Any], folder: Path) -> Outputs:
        """Return a job's results, which lie in a folder in ``folder``, as they lie in that itself."""
        outputs = []
        for one in records:
            if isinstance(one, dict):
                path = one["file"].path.rename(folder / one["file"].path.name)
                outputs.append(replace(one["file"], path=path))
            else:
                outputs.append(one)
        return outputs

    async def end(self, job: NodeJob) -> None:
        """End a job, wherever it is, and remove what the node has of it."""
        await self._call("end", job.id)
        if job.shared:
            with contextlib.suppress(OSError):
                Path(job.shared).rmdir()

    async def _call(self, method: str, *arguments: Any) -> Any:
        for number in range(1, _STORE_TRIES + 1):
            try:
                return await self._cluster.call(self._handle, method, *arguments, seconds=_ANSWERS)
            except StorageError:
                if number == _STORE_TRIES:
                    raise
                await asyncio.sleep(0.2 * 2**number)
        raise AssertionError("the last try returns or raises")
