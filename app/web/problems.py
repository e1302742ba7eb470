"""Errors as answers: one JSON shape, one status, one sentence."""

from __future__ import annotations

import logging

from starlette.responses import JSONResponse

from app.errors import HarpistError

log = logging.getLogger(__name__)


def as_harpist_error(error: Exception) -> HarpistError:
    """Return an error that a user may read: the error itself, or a plain sentence for a fault of the server's own.

    The fault goes to the log, with its traceback; the user gets no word of it that could name a path.
    """
    if isinstance(error, HarpistError):
        return error
    log.error("a request failed inside the server", exc_info=error)
    return HarpistError("The server failed on this request; its log says why.")


def problem(error: Exception, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return ``{"error": sentence}`` with the status of the error's kind."""
    readable = as_harpist_error(error)
    return JSONResponse({"error": readable.message}, readable.status, {"Cache-Control": "no-store", **(headers or {})})


def wrong_method(allowed: str) -> JSONResponse:
    """Return the answer to a method that a path does not take."""
    return JSONResponse({"error": f"This address takes {allowed}."}, 405, {"Allow": allowed})
