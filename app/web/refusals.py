"""A call of HARP's by somebody who is not let in: told in the event stream, since HARP shows no other error."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from app.errors import HarpistError
from app.harp.heartbeat import EARLY_HEARTBEAT, HEARTBEAT
from app.web.bodies import read_call
from app.web.callers import refuse_foreign
from app.web.event_stream import tell_failure
from app.web.harp_routes import CALLS, HarpRequest
from app.web.json_answer import JsonAnswer
from app.web.problems import asks_for_json


async def refuse_call(request: HarpRequest, error: HarpistError, scope: Scope, receive: Receive, send: Send) -> None:
    """Tell why nothing is answered.

    Args:
        request: what was asked for.
        error: why there is no answer.
        scope: the request's, like the rest.
        receive: its messages.
        send: its answer.

    Raises:
        HarpistError: that error, where the request is no call, or asks for JSON.
    """
    call, _, event_id = request.rest.partition("/")
    if request.kind != "call" or call not in CALLS or asks_for_json(scope):
        raise error
    if event_id and scope["method"] == "GET":
        await tell_failure(error, receive, send, EARLY_HEARTBEAT if request.early else HEARTBEAT)
    elif not event_id and scope["method"] == "POST":
        refuse_foreign(scope)
        await read_call(scope, receive)
        # Nothing is kept of it: whoever fetches any event is told the same.
        answer = JsonAnswer({"event_id": "refused"}, headers={"Cache-Control": "no-store"})
        await answer(scope, receive, send)
    else:
        raise error
