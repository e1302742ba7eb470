"""A real server in a thread: what the tests of the web and of HARP's clients talk to."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from app.config import Settings
from app.endpoint import EndpointSpec
from app.jobs.service import JobService
from app.registry import Registry
from app.ui.sign_in_page import sign_in_page
from app.web.access.door import door
from app.web.connections import LimitedProtocol
from app.web.dispatch import Dispatch
from app.web.front import Front
from app.web.pages import Page
from app.web.uploads import UploadStore
from tests.backend_under_test import backend_under_test


class PlainPage:
    """A page that tells what it was asked for, in place of a Gradio app."""

    def __init__(self, spec: EndpointSpec, base_path: str) -> None:
        self.spec, self.base_path = spec, base_path
        self.started = self.closed = 0

    async def start(self) -> None:
        self.started += 1

    async def close(self) -> None:
        self.closed += 1

    async def app(self, scope, receive, send) -> None:
        inner = scope["path"].removeprefix(scope["root_path"])
        text = f"{self.spec.id} {self.base_path or '-'} {scope['method']} {inner}"
        headers = [(b"content-type", b"text/plain"), (b"access-control-allow-origin", b"*")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode()})


class Site:
    """A whole server over a folder: its parts, and where it answers."""

    def __init__(self, home: Path, specs: list[EndpointSpec], **settings: object) -> None:
        # What comes back is compared byte for byte with what was sent; tests/provenance/ has what is written into it.
        self.settings = Settings(home=home, **{"no_provenance": True, **settings})  # type: ignore[arg-type]
        self.registry = Registry(self.settings.root)
        for spec in specs:
            self.registry.add(spec)
        self.uploads = UploadStore(self.settings)
        entrance = door(self.settings, sign_in_page)
        self.service = JobService(backend_under_test(self.settings), self.registry, self.settings, entrance.own_shares)
        self.pages: list[PlainPage] = []
        self.app = Dispatch(
            self.settings,
            self.service,
            self.registry,
            self.uploads,
            self._page,
            Front(self.settings, self.service, self.registry, lambda url: f"<p>The list at {url}"),
            entrance,
        )
        self.url = ""

    def _page(self, spec: EndpointSpec, base_path: str) -> Page:
        self.pages.append(PlainPage(spec, base_path))
        return self.pages[-1]

    def open_jobs(self) -> int:
        """How many jobs have not ended."""
        return sum(not job.update.state.ended for job in list(self.service._jobs.values()))

    def wait(self, happened: Callable[[], bool], seconds: float = 5.0) -> None:
        """Wait until something has happened, for so many seconds at most."""
        start = time.monotonic()
        while not happened():
            assert time.monotonic() - start < seconds, "it did not happen"
            time.sleep(0.01)


@contextlib.contextmanager
def serving(app: ASGIApp, **options: object) -> Iterator[str]:
    """Serve an application on a free port of localhost; gives its URL."""
    how = {"log_level": "error", "access_log": False, "ws": "none", "proxy_headers": False, **options}
    config = uvicorn.Config(app, **{"http": LimitedProtocol, "timeout_graceful_shutdown": 3, **how})
    server = uvicorn.Server(config)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    try:
        yield f"http://localhost:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()
        assert not thread.is_alive(), "the server did not stop"


@contextlib.contextmanager
def site(home: Path, specs: list[EndpointSpec], **settings: object) -> Iterator[Site]:
    """Serve endpoints from a folder."""
    made = Site(home, specs, **settings)
    with serving(made.app) as url:
        made.url = url
        yield made
