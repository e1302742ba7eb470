"""The button that deletes what a session sent and got."""

from __future__ import annotations

from typing import Any

import gradio as gr

from app.errors import HarpistError, StorageError
from app.ui.progress_view import deleted_html, error_html
from app.ui.session_files import SessionFiles
from app.ui.session_jobs import caller_of


def deleter(files: SessionFiles, zones: int) -> Any:
    """Return what answers the button: the status, the results, the button itself, and each of so many drop zones."""

    async def delete(request: gr.Request) -> tuple[Any, ...]:
        try:
            await files.delete(caller_of(request))
        except HarpistError as error:
            return error_html(error), gr.skip(), gr.skip(), *[gr.skip()] * zones
        except OSError:
            failed = StorageError("The server could not delete all of it; what is left goes with time.")
            return error_html(failed), gr.skip(), gr.skip(), *[gr.skip()] * zones
        return deleted_html(), "", gr.update(visible=False), *[None] * zones

    return delete
