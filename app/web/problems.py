"""Errors as answers: one JSON shape, one status, one sentence; to a person in a browser, the sentence on a page."""

from __future__ import annotations

import errno
import logging
from html import escape
from math import ceil

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from app.errors import BusyError, HarpistError, LimitError, SignInError, StartingError, StorageError
from app.web.json_answer import JsonAnswer

_FULL = (errno.ENOSPC, errno.EDQUOT)
_TOO_MANY_FILES = (errno.EMFILE, errno.ENFILE)

log = logging.getLogger(__name__)

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Harpist</title>
<style>body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 32rem; margin: 18vh auto 0; padding: 0 1rem }}</style>
</head><body><h1>Harpist</h1><p>{sentence}</p><p><a href="{home}">All models</a></p></body></html>
"""


def as_harpist_error(error: Exception) -> HarpistError:
    """Return an error that a user may read: the error itself, or a plain sentence for a fault of the server's own.

    The fault goes to the log, with its traceback; the user gets no word of it that could name a path.
    """
    if isinstance(error, HarpistError):
        return error
    if isinstance(error, OSError) and error.errno in _FULL:
        return StorageError("The server could not store the file: its disk is full.")
    if isinstance(error, OSError) and error.errno in _TOO_MANY_FILES:
        return BusyError("The server has too many files and connections open; try again later.")
    log.error("a request failed inside the server", exc_info=error)
    return HarpistError("The server failed on this request; its log says why.")


def problem(error: Exception, headers: dict[str, str] | None = None) -> JsonAnswer:
    """Return ``{"error": sentence}`` with the status of the error's kind."""
    readable = as_harpist_error(error)
    return JsonAnswer({"error": readable.message}, readable.status, {**_headers(readable), **(headers or {})})


def _headers(error: HarpistError) -> dict[str, str]:
    again = 5.0 if isinstance(error, StartingError) else error.again if isinstance(error, LimitError) else 0.0
    waits = {"Retry-After": str(ceil(again))} if again else {}
    knows = {"WWW-Authenticate": "Bearer"} if isinstance(error, SignInError) else {}
    return {"Cache-Control": "no-store", **waits, **knows}


def problem_for(scope: Scope, error: Exception) -> Response:
    """Return :func:`problem`, or where a browser wants to show a page, one that says it and leads home."""
    if scope["method"] not in ("GET", "HEAD") or not Headers(scope=scope).get("accept", "").startswith("text/html"):
        return problem(error)
    readable, home = as_harpist_error(error), scope.get("root_path", "").rstrip("/") + "/"
    page = _PAGE.format(sentence=escape(readable.message), home=escape(home))
    headers = {
        **_headers(readable),
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    }
    return HTMLResponse(page, readable.status, headers)


def asks_for_json(scope: Scope) -> bool:
    """Return whether a request says that it wants JSON: a program, which reads a status; no HARP says so."""
    return Headers(scope=scope).get("accept", "").startswith("application/json")


def wrong_method(allowed: str) -> JsonAnswer:
    """Return the answer to a method that a path does not take."""
    return JsonAnswer({"error": f"This address takes {allowed}."}, 405, {"Allow": allowed})
