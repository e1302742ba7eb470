"""Calls on a page's Gradio app, checked before Gradio reads them: it answers what it does not expect with status 500,
and the server's log gets a traceback.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request

from app.endpoint import EndpointSpec
from app.errors import NotFoundError, RequestError, TooLargeError
from app.harp.controls import TRACKS
from app.harp.strict_json import read_json
from app.ui.api import parameter_names
from app.ui.presence import App, OpenStreams, Receive, Scope, Send
from app.ui.session_jobs import SessionJobs, token_of
from app.ui.sessions import SessionOwners

_CALL = re.compile(r"/gradio_api/(?:(?P<way>run|api|call/v2)/(?P<name>[^/]+)|queue/join|(?P<order>cancel|reset))/?$")
_LARGEST = 1024 * 1024


class Calls:
    """ASGI wrapper that lets only those calls through that Gradio can make.

    Args:
        app: the Gradio app.
        blocks: its Blocks.
        spec: the endpoint.
        jobs: its jobs.
        streams: where a session counts as being here while its direct call is answered.
        owners: whose the sessions are.
    """

    def __init__(
        self,
        app: App,
        blocks: Any,
        spec: EndpointSpec,
        jobs: SessionJobs,
        streams: OpenStreams,
        owners: SessionOwners,
    ) -> None:
        self._app = app
        self._functions: Mapping[int, Any] = blocks.fns
        self._spec = spec
        self._jobs = jobs
        self._streams = streams
        self._owners = owners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request.

        Raises:
            HarpistError: what is wrong with a call; nothing was sent then.
        """
        call = _CALL.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if call is not None:
            body = await _body(Request(scope, receive))
            sent = _object(body)
            session = sent.get("session_hash") if call["way"] != "call/v2" else None
            if isinstance(session, str):
                self._owners.check(session, scope)
            if call["order"]:
                await self._app(scope, _again(body, receive), send)
                return
            function = self._function(call["name"], None if call["way"] == "call/v2" else sent.get("fn_index"))
            data = self._by_name(call["name"], sent) if call["way"] == "call/v2" else sent.get("data")
            # The page's own calls are told what is wrong with a value by the job, at its place on the page.
            self._check(function, data, token_of(Headers(scope=scope)), values=call["way"] is not None)
            if call["way"] in ("run", "api"):
                with self._streams.here(session if isinstance(session, str) else None):
                    await self._while_connected(scope, body, receive, send)
                return
            receive = _again(body, receive)
        await self._app(scope, receive, send)

    async def _while_connected(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Let a direct call be answered, and withdraw it when its client goes: its connection is all that it has."""
        gone = asyncio.ensure_future(_gone(receive))

        async def end() -> MutableMapping[str, Any]:
            await asyncio.shield(gone)
            return {"type": "http.disconnect"}

        answering = asyncio.ensure_future(self._app(scope, _again(body, end), send))
        try:
            await asyncio.wait({answering, gone}, return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                answering.result()
        finally:
            answering.cancel()
            gone.cancel()
            await asyncio.wait({answering, gone})

    def _function(self, name: str | None, index: object) -> Any:
        if isinstance(index, int) and index in self._functions:
            return self._functions[index]
        for function in self._functions.values():
            if index is None and function.api_name == name and function.api_visibility == "public":
                return function
        raise NotFoundError("There is no such call here; expected is process, controls or cancel.")

    def _by_name(self, call: str, sent: Mapping[str, object]) -> list[object]:
        """Return one value per input of a call whose values were sent by name."""
        inputs = dict(zip(parameter_names(self._spec), self._spec.inputs)) if call == "process" else {}
        if unknown := [name for name in sent if name not in inputs]:
            expected = ", ".join(inputs) or "nothing"
            raise RequestError(f"{call} takes no “{unknown[0][:40]}”; expected is {expected}.")
        return [sent.get(name, None if isinstance(item, TRACKS) else item.value) for name, item in inputs.items()]

    def _check(self, function: Any, data: object, owner: str, *, values: bool) -> None:
        if not isinstance(data, list):
            raise RequestError('A call expects {"data": [one value per input, in order]}.')
        if values and function.api_name == "process":
            self._jobs.read(data, owner)
        if len(data) != len(function.inputs):
            raise RequestError(f"This call expects {len(function.inputs)} values, not {len(data)}.")
        for component, value in zip(function.inputs, data):
            model = getattr(component, "data_model", None)
            if model is None or value is None:
                continue
            try:
                file = model.model_validate(value, context={"validate_meta": True})
            except ValueError:
                raise RequestError(
                    f"{component.label} expects a file, as an upload returns it: "
                    '{"path": PATH, "meta": {"_type": "gradio.FileData"}}.'
                ) from None
            self._jobs.track(file.path, owner)


async def _body(request: Request) -> bytes:
    body = b""
    async for block in request.stream():
        body += block
        if len(body) > _LARGEST:
            raise TooLargeError("A call takes at most 1 MiB; files are uploaded first and named by their path.")
    return body


def _object(body: bytes) -> Mapping[str, object]:
    try:
        sent = read_json(body)
    except ValueError:
        sent = None
    if not isinstance(sent, dict):
        raise RequestError("The body of a call is not JSON; expected is an object.")
    return sent


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _again(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read once more, and then what comes after it."""
    waiting = [body]

    async def give() -> MutableMapping[str, Any]:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return give
