"""The factory of endpoint pages: a Gradio app per endpoint, built when first asked for.

Importing this module does not import Gradio; building the first page does.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Any

from app.config import Settings
from app.endpoint import EndpointSpec
from app.jobs.service import JobService
from app.ui.gate import Gate
from app.ui.presence import OpenStreams, Presence
from app.ui.previews import Previews
from app.ui.session_files import SessionFiles
from app.ui.session_jobs import ClientFiles, SessionJobs
from app.ui.sessions import SessionOwners

_LOOK, _GRACE = 1.0, 3.0
"""Seconds between two looks for clients that are gone, and how long one may have no stream open."""


class Page:
    """One endpoint's page and API, as an ASGI app with a life of its own."""

    def __init__(self, app: Presence, gradio_app: Any, blocks: Any, jobs: SessionJobs) -> None:
        self.app = app
        self._gradio_app = gradio_app
        self._blocks = blocks
        self._jobs = jobs
        self._life = contextlib.AsyncExitStack()
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the queue and the clearing of sessions; requests may come once this returns."""
        await self._life.enter_async_context(self._gradio_app.router.lifespan_context(self._gradio_app))
        self._blocks.run_startup_events()
        await self._blocks.run_extra_startup_events()
        self._watch = asyncio.create_task(self._end_jobs_of_the_absent())

    async def _end_jobs_of_the_absent(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            for client in self.app.absent(self._jobs.sessions, _GRACE):
                await self._jobs.cancel_session(client)

    async def close(self) -> None:
        """End the jobs of every session, the event streams and the queue."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait({self._watch})
        await self._jobs.cancel_all()
        self._gradio_app.stop_event.set()
        self._blocks.close(verbose=False)
        await self._life.aclose()


class PageFactory:
    """Builds pages; called with an endpoint and the path of its base URL (no final slash).

    Args:
        service: runs the jobs.
        settings: the server's.
        files: the upload store.
        decodes_media: whether the workers decode m4a, mp4 and WebM, for which they need PyAV; else browsers do.

    ``GRADIO_TEMP_DIR`` must name ``settings.work`` before Gradio is imported; :func:`prepare_environment` sees to it.
    """

    def __init__(
        self, service: JobService, settings: Settings, files: ClientFiles, *, decodes_media: bool = False
    ) -> None:
        self._service = service
        self._settings = settings
        self._files = files
        self._decodes_media = decodes_media
        self._previews = Previews(service)
        self._sessions = SessionFiles(files, service.delete)

    def warm_up(self) -> None:
        """Import Gradio, which takes seconds, ahead of the first page; for a thread."""
        prepare_environment(self._settings)
        import gradio.routes  # noqa: F401

    def __call__(self, spec: EndpointSpec, base_path: str) -> Page:
        """Build the page of one endpoint: about 0.3 s, after Gradio's own import the first time; for a thread."""
        return asyncio.run(self._build(spec, base_path))

    async def _build(self, spec: EndpointSpec, base_path: str) -> Page:
        # A coroutine, since Gradio makes (and loses) event loops of its own where it finds none.
        prepare_environment(self._settings)
        from gradio.routes import App

        from app.ui.calls import Calls
        from app.ui.downloads import archive_route
        from app.ui.endpoint_page import PageParts, build_blocks
        from app.ui.shell import Shell

        base_path = base_path.rstrip("/")
        settings = self._settings
        work = settings.work
        home = base_path.removesuffix(f"/models/{spec.id}") + "/"
        jobs = SessionJobs(spec, self._service, self._files)
        largest = settings.max_upload * 1024 * 1024
        parts = PageParts(
            spec,
            base_path,
            home,
            work,
            jobs,
            self._sessions,
            self._previews,
            largest,
            self._decodes_media,
            settings.require_key,
        )
        blocks = build_blocks(parts)
        _configure(blocks, base_path, settings)
        gradio_app = App.create_app(blocks)
        gradio_app.uploaded_file_dir = str(work / "uploads")
        name = spec.id.replace("/", "-")
        gradio_app.router.routes.insert(0, archive_route(work / "jobs", name, self._service.touch))
        streams, owners = OpenStreams(), SessionOwners()
        calls = Calls(gradio_app, blocks, spec, jobs, streams, owners)
        shell = Shell(calls, f"{spec.card.name} – Harpist", base_path)
        return Page(Presence(Gate(shell), streams, owners), gradio_app, blocks, jobs)


def prepare_environment(settings: Settings) -> None:
    """Set what Gradio reads from the environment: its folder, and that it tells nobody of anything."""
    os.environ["GRADIO_TEMP_DIR"] = str(settings.work)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    # Statistics of its own page of statistics, which is off: else made with pandas after every single event.
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"


def _configure(blocks: Any, base_path: str, settings: Settings) -> None:
    """Set on a Blocks that is never launched what launching or mounting would, and what they would not."""
    from app.ui.theme import theme

    # Without it Gradio takes the page for one under construction and lets clients name any file of the server.
    blocks.has_launched = True
    blocks.dev_mode = False
    blocks.run_history = False
    blocks.footer_links = []
    blocks.max_file_size = settings.max_upload * 1024 * 1024
    blocks.state_session_capacity = 64
    blocks.root_path = base_path
    blocks.custom_mount_path = base_path
    blocks.show_error = True
    blocks.enable_monitoring = False
    blocks.ssr_mode = False
    blocks.auth = None
    blocks.auth_message = None
    blocks.favicon_path = None
    blocks.allowed_paths = []
    blocks.blocked_paths = []
    blocks.theme = theme()
    blocks.css = blocks.js = blocks.head = ""
    blocks.css_paths = blocks.head_paths = []
    # Its queue asks for work by polling: 20 ms cost nothing when idle, 1 ms a core per fifty pages.
    blocks._queue.sleep_when_free = 0.02
    blocks._queue.max_thread_count = 256
    blocks._set_html_css_theme_variables()
    blocks.transpile_to_js()
    blocks.config = blocks.get_config_file()
    blocks.validate_queue_settings()
