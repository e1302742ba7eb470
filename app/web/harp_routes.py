"""HARP's calls on one endpoint, natively: upload, call, event stream, file.

Every answer serves every client from 1.4.1 to 4.0. Clients before 2.2 are known by their paths, which have no
``gradio_api`` in front: they want output URLs with ``/c/file=`` in them, and other heartbeats.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from app.endpoint import EndpointSpec, FileOutput, Outputs, Result, TrackFile, as_labels
from app.errors import BusyError, HarpistError, NotFoundError, WorkerError
from app.harp.file_link import is_linked, told, with_link
from app.harp.heartbeat import EARLY_HEARTBEAT, HEARTBEAT
from app.harp.label_display import display_place, handed_back
from app.harp.labels import LabelList
from app.harp.wire import controls_answer, file_answer, fill_in, labels_answer, parse_values
from app.jobs.early_cancels import EarlyCancels
from app.jobs.job import Caller, Job
from app.jobs.service import JobService
from app.web.access.person import person_of
from app.web.bodies import Incoming, blocks, noted, read_call, refuse_upload
from app.web.callers import caller_of, refuse_foreign
from app.web.event_stream import complete, failed, send_events, tell_failure
from app.web.events import Event, EventStore
from app.web.files import file_response
from app.web.json_answer import JsonAnswer
from app.web.multipart import receive_files, too_large
from app.web.problems import as_harpist_error, asks_for_json, problem, wrong_method
from app.web.uploads import UploadStore

_DIGITS = 20
"""More than any length has that a client can mean."""
CALLS = ("controls", "process", "cancel")


@dataclass(frozen=True)
class HarpRequest:
    """One of HARP's requests, as its path tells.

    Attributes:
        early: it has the paths of a client before 2.2.
        kind: ``upload``, ``call`` or ``file``.
        rest: the API name, with ``/`` and an event's id when there is one; or the path of a file.
    """

    early: bool
    kind: str
    rest: str = ""

    @property
    def asks_for_card(self) -> bool:
        """Whether its answer shows the endpoint's card."""
        return self.kind == "call" and self.rest.startswith("controls/")


def parse_path(path: str, query: bytes = b"") -> HarpRequest | None:
    """Return which of HARP's requests a path under an endpoint's address is; ``None``: a page's.

    >>> parse_path("gradio_api/call/process/abc")
    HarpRequest(early=False, kind='call', rest='process/abc')
    >>> parse_path("c/file=jobs/1/a.wav")
    HarpRequest(early=True, kind='file', rest='jobs/1/a.wav')
    >>> parse_path("gradio_api/queue/join") is None
    True
    """
    early = not path.startswith("gradio_api/")
    rest = path if early else path[len("gradio_api/") :]
    if rest == "upload":
        # A page follows its own uploads by this id, and only its Gradio app can tell how far they are.
        return None if b"upload_id=" in query else HarpRequest(early, "upload")
    for prefix in ("file=", "c/file="):
        if rest.startswith(prefix):
            return HarpRequest(early, "file", rest[len(prefix) :])
    if rest.startswith("call/") and not rest.startswith("call/v2/"):
        return HarpRequest(early, "call", rest[len("call/") :].rstrip("/"))
    return None


class HarpRoutes:
    """Answers HARP's requests for every endpoint."""

    def __init__(self, service: JobService, uploads: UploadStore) -> None:
        self.events = EventStore(service)
        self._service = service
        self._uploads = uploads
        self._early = EarlyCancels()

    async def answer(
        self, request: HarpRequest, spec: EndpointSpec, base_url: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer one request.

        Args:
            request: what the path asks for.
            spec: the endpoint under whose address it came.
            base_url: that address, as the caller reaches it, without a slash at the end.
            scope: the ASGI request's, like the rest.
            receive: its messages.
            send: its answer.

        Raises:
            HarpistError: the answer, when nothing was sent yet.
        """
        method = scope["method"]
        if request.kind == "file":
            if method not in ("GET", "HEAD", "DELETE"):
                await wrong_method("GET, HEAD, DELETE")(scope, receive, send)
                return
            answering = self._delete if method == "DELETE" else self._file
            await answering(request.rest, scope, receive, send)
        elif request.kind == "upload":
            if method != "POST":
                await wrong_method("POST")(scope, receive, send)
                return
            refuse_foreign(scope)
            await self._upload(spec, scope, receive, send)
        else:
            await self._call(request, spec, base_url, scope, receive, send)

    async def _file(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        file = self._uploads.resolve(path, caller_of(scope).token)
        self._service.touch(file.path)
        await file_response(file.path, file.name)(scope, receive, send)

    async def _delete(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Delete a file that was sent, or all that came of the job whose file it is."""
        refuse_foreign(scope)
        owner = caller_of(scope).token
        folder = self._uploads.give_up(self._uploads.resolve(path, owner).path.parent, owner)
        if folder is not None:
            await self._service.delete(folder)
        await JsonAnswer({"deleted": True}, headers={"Cache-Control": "no-store"})(scope, receive, send)

    async def _upload(self, spec: EndpointSpec, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        body = Incoming(receive)
        declared = headers.get(b"content-length", b"")
        try:
            # Room for the form around a file, and for several files, which are counted as they come.
            if declared.isdigit() and int(declared[:_DIGITS]) > self._uploads.largest * 64 + 65_536:
                raise too_large(self._uploads)
            content_type = headers.get(b"content-type", b"").decode("latin-1")
            size = int(declared[:_DIGITS]) if declared.isdigit() else 0
            caller = caller_of(scope)
            counted = self._service.admission.limits.uploading(caller.account, size)
            with counted as arriving, self._early.uploading(caller, spec.id) as upload:
                paths = await receive_files(content_type, blocks(noted(body, arriving.came)), self._uploads)
            upload.sent(path.parent.name for path in paths)
        except HarpistError as error:
            await refuse_upload(problem(error), scope, body, send)
            return
        # Absolute, since Gradio's own client hands the path on to Gradio.
        for path in paths:
            self._uploads.own(path.parent, caller_of(scope).token)
        answer = JsonAnswer([str(path) for path in paths], headers={"Cache-Control": "no-store"})
        await answer(scope, receive, send)

    async def _call(
        self, request: HarpRequest, spec: EndpointSpec, base_url: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        call, _, event_id = request.rest.partition("/")
        method = "GET" if event_id else "POST"
        if scope["method"] != method:
            await wrong_method(method)(scope, receive, send)
            return
        if call not in CALLS:
            raise NotFoundError(f"There is no API name “{call[:40]}” here; expected is one of {', '.join(CALLS)}.")
        if event_id:
            await self._stream(request, call, event_id, spec, base_url, scope, receive, send)
            return
        refuse_foreign(scope)
        data = await read_call(scope, receive)
        if call == "controls":
            opened = self.events.open(call, spec.id, owner=_owner(scope))
        elif call == "cancel":
            job = self._to_cancel(caller_of(scope), spec)
            opened = self.events.open(call, spec.id, job=job, owner=_owner(scope))
        else:
            opened = self._process(request, spec, data, scope)
        await JsonAnswer({"event_id": opened}, headers={"Cache-Control": "no-store"})(scope, receive, send)

    def _to_cancel(self, caller: Caller, spec: EndpointSpec) -> Job | None:
        """Return the job that a cancel means; where there is none yet, remember the cancel for the one to come."""
        mine = self._service.running_all(caller, spec.id)
        if mine and not caller.client and self._early.sending(caller, spec.id):
            return None  # one window computes and another one sends: which of them cancels, nothing tells
        if not mine:
            self._early.cancel(caller, spec.id)
        return self._service.running(caller, spec.id)

    def _process(self, request: HarpRequest, spec: EndpointSpec, data: object, scope: Scope) -> str:
        """Submit a job; returns its event. What is wrong with the values goes there too: HARP shows no other error."""
        resources = ExitStack()
        try:
            paths, controls = parse_values(spec.inputs, fill_in(spec.inputs, data, early=request.early))
            owner = caller_of(scope).token
            tracks = [None if path is None else self._uploads.resolve(path, owner) for path in paths]
            names = [track.path.parent.name for track in tracks if track is not None]
            self._early.check(caller_of(scope), spec.id, names)
            display = handed_back(spec.inputs, spec.outputs, tracks)
            resources.enter_context(self._uploads.hold(tracks))
            fresh = "no-cache" in Headers(scope=scope).get("cache-control", "")
            # These put what comes back under the name of what they sent.
            job = self._service.submit(
                spec.id, caller_of(scope), tracks, controls, keeps_ending=request.early, fresh=fresh
            )
            self._uploads.own(job.folder, owner)
        except Exception as error:
            resources.close()
            if isinstance(error, BusyError) and asks_for_json(scope):
                raise
            return self.events.open("process", spec.id, error=as_harpist_error(error), owner=_owner(scope))
        return self.events.open("process", spec.id, job=job, display=display, resources=resources, owner=_owner(scope))

    async def _stream(
        self,
        request: HarpRequest,
        call: str,
        event_id: str,
        spec: EndpointSpec,
        base_url: str,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        heartbeat = EARLY_HEARTBEAT if request.early else HEARTBEAT
        try:
            event = self.events.find(event_id, call, spec.id, _owner(scope))
        except NotFoundError as error:
            await tell_failure(error, receive, send, heartbeat)
            return
        self.events.watch(event)
        delivered = False
        file_url = f"{base_url}/c/file=" if request.early else f"{base_url}/gradio_api/file="
        answering = asyncio.ensure_future(self._answer(event, spec, file_url, early=request.early))
        try:
            delivered = await send_events(answering, receive, send, heartbeat=heartbeat)
        finally:
            answering.cancel()
            self.events.leave(event, delivered=delivered)

    async def _answer(self, event: Event, spec: EndpointSpec, file_url: str, *, early: bool) -> bytes:
        try:
            if event.error is not None:
                raise event.error
            if event.call == "controls":
                return complete([controls_answer(spec.card, spec.inputs, spec.outputs)])
            if event.call == "cancel" or event.job is None:
                return complete([])
            made: Outputs = await event.job.result()
            outputs = [self._output(output, file_url, early=early) for output in self._for_harp(spec, made, file_url)]
            if event.display is not None:
                outputs.insert(display_place(told(spec.outputs)), self._file_answer(event.display, file_url))
            return complete(outputs)
        except Exception as error:
            return failed(as_harpist_error(error))

    def _for_harp(self, spec: EndpointSpec, made: Outputs, file_url: str) -> Outputs:
        """Return the results that HARP has a place for; the first of the others is linked by the labels."""
        linked = [result for output, result in zip(spec.outputs, made) if is_linked(output)]
        kept = [result for output, result in zip(spec.outputs, made) if not is_linked(output)]
        if not linked or not isinstance(linked[0], FileOutput):
            return kept
        url = str(self._output_file(linked[0], file_url)["url"])
        return [with_link(result, url) if isinstance(result, LabelList) else result for result in kept]

    def _output(self, output: Result, file_url: str, *, early: bool) -> object:
        if isinstance(output, FileOutput):
            return self._output_file(output, file_url)
        return labels_answer(as_labels(output), early=early)

    def _output_file(self, output: FileOutput, file_url: str) -> dict[str, object]:
        answer = self._file_answer(output, file_url, output.notice)
        self._service.touch(output.path)
        return answer

    def _file_answer(self, file: FileOutput | TrackFile, file_url: str, notice: str = "") -> dict[str, object]:
        try:
            path = self._uploads.relative(file.path)
        except (ValueError, OSError):
            raise WorkerError("The job's result has expired.") from None
        return file_answer(path, file_url + quote(path, safe="/"), notice)


def _owner(scope: Scope) -> str:
    """Return whose an event is; ``""`` where everybody is let in."""
    person = person_of(scope)
    return "" if person is None else person.id
