"""The jobs of one page's sessions: submit, cancel, and end them when a session ends."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, Protocol

from app.endpoint import EndpointSpec, TrackFile
from app.harp.controls import TRACKS, ControlValue
from app.harp.wire import parse_values
from app.jobs.addresses import plain_address
from app.jobs.job import Caller, Job, known_in
from app.jobs.service import JobService
from app.output_names import plain


class ClientFiles(Protocol):
    """What sessions need of the upload store."""

    def resolve(self, path: str, owner: str) -> TrackFile:
        """Return the file that a client named; raises AccessError when it is none that this one may name."""

    def own(self, folder: Path, owner: str) -> None:
        """Note whose the files of a folder are."""

    def give_up(self, folder: Path, owner: str) -> Path | None:
        """Return a folder that its owner wants deleted; raises InUseError while a job works on it."""

    def hold(self, tracks: Iterable[TrackFile | None]) -> AbstractContextManager[None]:
        """Keep files from expiring while a job may still read them."""


class SessionJobs:
    """Jobs that came through one endpoint's page or its API, by the Gradio session that asked.

    A session is a browser tab or one ``gradio_client`` client. A direct call may come without one.
    """

    def __init__(self, spec: EndpointSpec, service: JobService, files: ClientFiles) -> None:
        self._spec = spec
        self._service = service
        self._files = files
        self._open: dict[str, dict[Job, ExitStack]] = {}

    def submit(self, caller: Caller, data: Sequence[object]) -> Job:
        """Check one value per input, and put the job in the queue.

        Raises:
            HarpistError: a value that does not fit, a file that may not be read, or a full queue.
        """
        tracks, controls = self.read(data, caller.token)
        job = self._service.submit(self._spec.id, caller, tracks, controls)
        self._files.own(job.folder, caller.token)
        held = ExitStack()
        held.enter_context(self._files.hold(tracks))
        self._open.setdefault(caller.client, {})[job] = held
        return job

    def read(self, data: Sequence[object], owner: str) -> tuple[list[TrackFile | None], dict[str, ControlValue]]:
        """Return the file of each input track, and the value of each control by name, from one value per input.

        Args:
            data: the values.
            owner: the caller's token, by which files are told apart.

        Raises:
            InputError: a wrong number of values, or one that does not fit.
            AccessError: a file that may not be read.
        """
        paths, controls = parse_values(self._spec.inputs, list(data))
        sent = [raw for item, raw in zip(self._spec.inputs, data) if isinstance(item, TRACKS)]
        names = [raw.get("orig_name") if isinstance(raw, Mapping) else None for raw in sent]
        tracks = [None if path is None else self.track(path, owner, name) for path, name in zip(paths, names)]
        return tracks, controls

    def track(self, path: str, owner: str, name: object = None) -> TrackFile:
        """Return a file that a client sent or got from here, under the name that the client gave it.

        Raises:
            AccessError: it is no such file.
        """
        file = self._files.resolve(path, owner)
        return TrackFile(file.path, plain(name) if isinstance(name, str) and name else file.name)

    def own(self, folder: Path, owner: str) -> None:
        """Note that a folder's files are a caller's, by its token."""
        self._files.own(folder, owner)

    def forget(self, caller: Caller, job: Job) -> None:
        """Note that a job has ended."""
        jobs = self._open.get(caller.client, {})
        held = jobs.pop(job, None)
        if held is not None:
            held.close()
        if not jobs:
            self._open.pop(caller.client, None)

    async def cancel(self, caller: Caller) -> int:
        """End every job of a caller's session; of one without, its job if it is the only one that may be meant.

        Returns:
            How many there were, once their computing has stopped.
        """
        if caller.client:
            return await self.cancel_session(caller.client)
        mine = [job for job in self._open.get("", ()) if job.caller == caller]
        return await self._cancel(mine if len(mine) == 1 else ())

    async def cancel_session(self, client: str) -> int:
        """End every job of a session, which its client value names; return how many there were."""
        return await self._cancel(tuple(self._open.get(client, ())))

    async def end(self, job: Job) -> None:
        """End one job; return once its computing has stopped."""
        await self._cancel((job,))

    @property
    def sessions(self) -> set[str]:
        """The client values of the sessions that have an open job."""
        return {client for client in self._open if client}

    async def cancel_all(self) -> None:
        """End every job."""
        for client in tuple(self._open):
            await self.cancel_session(client)

    async def _cancel(self, jobs: Sequence[Job]) -> int:
        for job in jobs:
            await self._service.cancel(job)
        return len(jobs)


def caller_of(request: Any) -> Caller:
    """Return who makes a Gradio request: address, digest of the Authorization header, and session if it has one."""
    address = plain_address(request.client.host if request.client else "")
    known, name = known_in(request.headers.get("authorization", ""))
    client = client_of(request.session_hash)
    return Caller(address=address, token=token_of(request.headers), client=client, known=known, name=name)


def token_of(headers: Mapping[str, str]) -> str:
    """Return the digest of a request's Authorization header; ``""`` without one."""
    header = headers.get("authorization", "")
    return hashlib.sha256(header.encode()).hexdigest() if header else ""


def client_of(session: str | None) -> str:
    """Return the client value of a Gradio session, ``""`` for none; no header of a HARP client looks like it."""
    return f"session:{session}" if session else ""
