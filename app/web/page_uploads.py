"""A page's own upload, which its Gradio app takes: counted as it comes, and whose its files are."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from app.errors import LimitError
from app.jobs.limits import Limits
from app.web.bodies import Incoming, noted, refuse_upload
from app.web.problems import problem

_LARGEST = 1024 * 1024
_DIGITS = 20


async def counted(
    limits: Limits,
    who: str,
    scope: Scope,
    receive: Receive,
    send: Send,
    answer: Callable[[Receive, Send], Awaitable[None]],
) -> None:
    """Let an app answer an upload while its sender has room for it; else say why not, whatever the app says.

    Args:
        limits: of all callers.
        who: sends it.
        scope: the request's, like the rest.
        receive: its messages.
        send: its answer.
        answer: the app's.

    Raises:
        SettingsError: the file of keys cannot be read.
    """
    declared = Headers(scope=scope).get("content-length", "")[:_DIGITS]
    body, refused = Incoming(receive), list[LimitError]()

    async def passed(message: Message) -> None:
        if not refused:
            await send(message)

    try:
        with limits.uploading(who, int(declared) if declared.isdigit() else 0) as arriving:

            def came(size: int) -> None:
                try:
                    arriving.came(size)
                except LimitError as error:
                    refused.append(error)
                    raise

            await answer(noted(body, came), passed)
    except Exception as error:
        if isinstance(error, LimitError):
            refused.append(error)
        elif not refused:
            raise
    if refused:
        await refuse_upload(problem(refused[0]), scope, body, send)


def noting(send: Send, note: Callable[[Path], None]) -> Send:
    """Return what sends an upload's answer, and notes the folder of each file in it before its end goes out."""
    answered = b""

    async def noted(message: Message) -> None:
        nonlocal answered
        if message["type"] == "http.response.body":
            answered = (answered + message.get("body", b""))[:_LARGEST]
            if not message.get("more_body"):
                for folder in _folders(answered):
                    note(folder)
        await send(message)

    return noted


def _folders(answer: bytes) -> list[Path]:
    try:
        files = json.loads(answer)
    except (ValueError, RecursionError):
        return []  # why it was refused
    return [Path(file).parent for file in files if isinstance(file, str)] if isinstance(files, list) else []
