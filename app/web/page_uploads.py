"""What a page's own upload came to: Gradio takes it, and its answer names the files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from starlette.types import Message, Send

_LARGEST = 1024 * 1024


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
