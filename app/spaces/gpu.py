"""Jobs on ZeroGPU: Hugging Face lends a GPU to one decorated function, for as long as one call of it runs.

That function runs in a process which the ``spaces`` package forks from the server's; neither our worker processes nor
the server itself ever have a GPU there. So a job is the call of a generator, :func:`run_on_gpu`, which tells of its
progress by what it yields. A cancel is a file beside the job's results, since nothing else reaches that process.

No sandbox is closed there: the models of a Space are those that its author chose.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from app.backends.base import JobRequest
from app.backends.deadline import deadline
from app.backends.local import LocalBackend
from app.backends.outputs import check_outputs
from app.backends.sounds import promise
from app.config import Settings
from app.endpoint import Endpoint, EndpointSpec, Outputs, Region, TrackFile, Watch
from app.errors import BusyError, HarpistError, JobCancelledError, ModelRunError, error_kinds
from app.workers.child import records_of
from app.workers.one_line import one_line
from app.workers.sentences import failure_sentence
from app.workers.uncancelled import uncancelled

Call = dict[str, Any]
"""A job in values that can be pickled."""

GpuFunction = Callable[[Call], Iterator[dict[str, Any]]]

_CANCELLED = ".cancelled"
_ENDED = (
    "The GPU’s process ended without a result; a region that takes longer than ZeroGPU lends its GPU ends so: "
    "try a shorter one."
)
_loaded: dict[str, Endpoint] = {}
"""Endpoints that this process holds; ZeroGPU calls the same process again while the Space is busy."""


def run_on_gpu(call: Call) -> Iterator[dict[str, Any]]:
    """Run one job; yields ``{"fraction": …}`` and at last ``{"records": …}`` or ``{"error": …, "message": …}``."""
    _leave_connections(call)
    told: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=lambda: told.put(_outcome(call, told.put)), daemon=True).start()
    while True:
        item = told.get()
        yield item
        if "fraction" not in item:
            return


def gpu_seconds(call: Call, base: float, per_minute: float, longest: float) -> int:
    """Return the seconds for which a job asks for the GPU; a caller whose quota has fewer left is refused.

    Args:
        call: the job.
        base: s, for any job.
        per_minute: s, for each minute of its region.
        longest: s, for the longest.
    """
    paths = [Path(track[0]) for track in call["tracks"] if track is not None]
    return round(min(deadline(paths, base, per_minute), longest))


def _outcome(call: Call, tell: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    try:
        endpoint = _load(call)
        tracks = tuple(None if track is None else TrackFile(Path(track[0]), track[1]) for track in call["tracks"])
        region = Region(tracks, Path(call["folder"]), call["too_loud"])
        return {"records": records_of(endpoint.process(region, call["controls"], _Progress(region.folder, tell)))}
    except HarpistError as error:
        return {"error": type(error).__name__, "message": error.message}
    except Exception as error:
        return {"error": ModelRunError.__name__, "message": failure_sentence(error)}


def _load(call: Call) -> Endpoint:
    endpoint = _loaded.get(call["id"])
    if endpoint is None:
        module, _, attribute = call["factory"].partition(":")
        endpoint = getattr(importlib.import_module(module), attribute)(**call["arguments"])
        torch = importlib.import_module("torch")
        endpoint.setup("cuda" if torch.cuda.is_available() else "cpu")
        _loaded[call["id"]] = endpoint
    return endpoint


class _Progress:
    """What an endpoint tells of its progress goes back; whether it should stop is asked of the disk."""

    def __init__(self, folder: Path, tell: Callable[[dict[str, Any]], None]) -> None:
        self._cancelled = folder / _CANCELLED
        self._tell = tell

    def report(self, fraction: float, said: str = "") -> None:
        if self._cancelled.exists():
            raise JobCancelledError("The job was cancelled.")
        self._tell({"fraction": min(max(float(fraction), 0.0), 1.0), "said": one_line(said)})


def _leave_connections(call: Call) -> None:
    """Close what was inherited of the server's connections: its clients would wait for their end for ever."""
    if os.getpid() == call["server"]:
        return
    import psutil

    for connection in psutil.Process().net_connections(kind="tcp"):
        if connection.laddr and connection.laddr.port == call["port"] and connection.fd >= 0:
            with contextlib.suppress(OSError):
                os.close(connection.fd)


class ZeroGpuBackend(LocalBackend):
    """Runs callers' jobs through the decorated function, and the server's own, such as previews, in workers.

    Args:
        settings: the server's.
        function: :func:`run_on_gpu`, as ``spaces.GPU`` returns it.
    """

    def __init__(self, settings: Settings, function: GpuFunction) -> None:
        super().__init__(settings)
        self._function = function
        self._port = settings.port
        self._turns = asyncio.Semaphore(settings.workers)

    async def run(self, request: JobRequest, started: Callable[[], None], progress: Watch) -> Outputs:
        """Run one job and return its outputs; see :class:`app.backends.base.Backend`.

        Raises:
            BusyError: there is no GPU to be had now.
            HarpistError: with the sentence that the caller reads.
        """
        if request.internal:
            return await super().run(request, started, progress)
        async with self._turns:
            started()
            loop = asyncio.get_running_loop()
            promised = promise(request.spec, request.tracks, request.folder, self._too_loud)
            too_loud = promised.too_loud(request, self._too_loud)

            def tell(fraction: float, said: str = "", /) -> None:
                loop.call_soon_threadsafe(progress, fraction, said)

            # A thread with this task's context: ZeroGPU asks there who is calling, to count it against their quota.
            working = asyncio.ensure_future(asyncio.to_thread(self._follow, self._call(request, too_loud), tell))
            try:
                last = await asyncio.shield(working)
            except asyncio.CancelledError:
                (request.folder / _CANCELLED).touch()
                await uncancelled(_ended(working))
                raise
            checked = await asyncio.to_thread(check_outputs, _records(last), request.spec, promised)
            return checked.outputs

    def _call(self, request: JobRequest, too_loud: str) -> Call:
        spec: EndpointSpec = request.spec
        return {
            "id": spec.id,
            "factory": spec.factory,
            "arguments": dict(spec.arguments),
            "tracks": [None if track is None else (str(track.path), track.name) for track in request.tracks],
            "controls": dict(request.controls),
            "folder": str(request.folder),
            "too_loud": too_loud,
            "server": os.getpid(),
            "port": self._port,
        }

    def _follow(self, call: Call, progress: Watch) -> Mapping[str, Any]:
        last: Mapping[str, Any] = {}
        try:
            for last in self._function(call):
                if "fraction" in last:
                    progress(last["fraction"], last.get("said", ""))
        except Exception as error:
            if getattr(error, "title", "") == "ZeroGPU worker error":
                raise ModelRunError(_ENDED) from error
            # No GPU free, a quota used up: what ZeroGPU says of it is for the caller to read.
            raise BusyError(one_line(str(getattr(error, "message", "") or error))) from error
        return last


async def _ended(working: asyncio.Future[Mapping[str, Any]]) -> None:
    await asyncio.wait({working})
    if not working.cancelled():
        working.exception()


def _records(last: Mapping[str, Any]) -> list[Any]:
    if "records" not in last:
        kind = error_kinds().get(str(last.get("error")), ModelRunError)
        raise kind(str(last.get("message") or _ENDED))
    records: list[Any] = last["records"]
    return records
