"""Whether the server can take jobs, for whatever sends them to it or starts it anew."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.web.json_answer import JsonAnswer

_MIB = 1024 * 1024


def ready(*, starting: str, closing: bool, obstacle: str, work: Path, least: int) -> JsonAnswer:
    """Return ``{"ready": true}``, or with status 503 ``{"ready": false, "reason": …}``.

    Args:
        starting: what a start is at; ``""`` once it is over, all models tried.
        closing: the server takes no more jobs, since it ends.
        obstacle: why what runs jobs begins none, as a sentence; empty: nothing keeps it.
        work: the folder of uploads and results.
        least: MiB that must be free there.
    """
    reason = f"The server is starting: {starting}." if starting else "The server ends." if closing else ""
    if not reason:
        try:
            free = shutil.disk_usage(work).free // _MIB
        except OSError as error:
            reason = f"The folder of uploads and results cannot be used: {error.strerror}."
        else:
            reason = f"The disk has {free} MiB left; {least} are needed." if free < least else ""
    reason = reason or obstacle
    answer: dict[str, object] = {"ready": False, "reason": reason} if reason else {"ready": True}
    return JsonAnswer(answer, 503 if reason else 200, {"Cache-Control": "no-store"})
