"""``harpist serve``: listen, get the models ready, say where they are, serve until told to stop."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from app.backends.base import Backend
from app.bundled_models import Export
from app.cli.open_files import connections
from app.config import Settings
from app.errors import HarpistError, SettingsError
from app.harp.address import KEY_PLACE, model_address
from app.main import chosen_backend, create_app
from app.registry import Registry
from app.sources import open_registry
from app.web.connections import limited
from app.web.dispatch import Dispatch
from app.workers.sandbox.layers import summary

GRACE = 2
"""Seconds that open connections get to end when the server is told to stop; event streams never end by themselves."""
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
SHOWN = 30
"""Endpoints that the start names, at most."""


def serve(
    settings: Settings,
    *,
    fixed: Registry | None = None,
    begun: Export | None = None,
    backend: Backend | None = None,
    around: Callable[[ASGIApp], ASGIApp] = lambda app: app,
) -> int:
    """Serve until interrupted; returns the exit code.

    Args:
        settings: how the server runs.
        fixed: what it serves, once and for all; ``None`` for the models of this machine, which come and go.
        begun: the export of the bundled models, where it runs already.
        backend: runs the jobs; ``None`` for what the settings say.
        around: puts something around the application.

    Raises:
        SettingsError: the address cannot be listened on, or the home folder cannot be written.
    """
    # An order to end is no failure, neither during a long start nor, sent on by uvicorn, after the end.
    signal.signal(signal.SIGTERM, _leave)
    sockets = bind(settings.host, settings.port)
    try:
        _check_work(settings.work)
        port = int(sockets[0].getsockname()[1])
        registry = open_registry(settings, say=_say, begun=begun) if fixed is None else fixed
        app = create_app(settings, registry, _say, backend=backend or chosen_backend(settings), fixed=fixed is not None)
        let_in(sockets, settings)
        config = uvicorn.Config(
            around(app),
            http=limited(connections()),
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # app.web.visit reads them
            timeout_graceful_shutdown=GRACE,
            lifespan="on",
            ws="none",
        )
        # Streams that never end are cut off at a stop by design; uvicorn would call each an error.
        logging.getLogger("uvicorn.error").addFilter(lambda record: "graceful shutdown exceeded" not in record.msg)
        server = _Server(config, app, settings.grace, lambda: announcement(settings, port, registry))
        server.run(sockets=sockets)
        return 0 if server.started and not server.failed else 1
    finally:
        for listening in sockets:
            listening.close()


def _check_work(work: Path) -> None:
    try:
        work.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=work).close()
    except OSError as error:
        raise SettingsError(
            f"The folder {work} cannot be made or written: {error.strerror}; choose another with --home."
        ) from None


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


class _Server(uvicorn.Server):
    """Prints its announcement once it answers, and ends its jobs before its connections.

    SIGTERM lets the jobs that run go on for ``grace`` seconds; SIGINT, or a second signal, ends them at once.
    """

    def __init__(self, config: uvicorn.Config, app: Dispatch, grace: float, announce: Callable[[], str]) -> None:
        super().__init__(config)
        self.app = app
        self.grace = grace
        self.announce = announce
        self.hurried = self.failed = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal. A second one must not spare the application its own end, as uvicorn would have it."""
        self.hurried |= self.should_exit or sig == signal.SIGINT
        if not self.should_exit:
            super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce; a signal ends a start too, which may take as long as a new model that is tried."""
        starting = asyncio.ensure_future(self._start(sockets))
        while not (await asyncio.wait({starting}, timeout=0.1))[0]:
            if self.should_exit:
                starting.cancel()
        if not starting.cancelled() and self.started and not self.failed:
            _say(self.announce())

    async def _start(self, sockets: list[socket.socket] | None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:
            self.should_exit = True  # the application has said why
            return
        try:
            if self.started:
                await self.app.settled()
        except HarpistError as error:
            _say(f"harpist: {error.message}")
            self.should_exit = self.failed = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the jobs, then the connections, then the application."""
        draining = asyncio.ensure_future(self.app.drain(0.0 if self.hurried else self.grace))
        while not (await asyncio.wait({draining}, timeout=0.05))[0]:
            if self.hurried:
                draining.cancel()
        await self.app.end_jobs()
        await super().shutdown(sockets)


def _say(text: str) -> None:
    print(text, flush=True)


def announcement(settings: Settings, port: int, registry: Registry) -> str:
    """Return the list of endpoints, each with the URL to paste into HARP."""
    host = "localhost" if settings.host in ("localhost", "0.0.0.0", "::", "127.0.0.1") else settings.host  # noqa: S104
    address = settings.public_url.rstrip("/") or f"http://{host}:{port}"
    pasted_under = address + (KEY_PLACE if settings.require_key else "")
    lines = [f"Harpist serves {len(registry.ids())} models at {address} — paste one of these into HARP:", ""]
    shown = registry.ids()[:SHOWN]
    pasted = [model_address(pasted_under, endpoint_id, is_root=registry.is_root(endpoint_id)) for endpoint_id in shown]
    lines += [f"  {url}" for url in pasted if url]
    if more := len(registry.ids()) - len(shown):
        lines.append(f"  and {more} more; {address} lists them.")
    lines += ["", f"In a browser: {address}   Stop: Ctrl+C", summary()]
    if said := _who_may(settings):
        lines.append(said)
    return "\n".join(lines)


def _who_may(settings: Settings) -> str:
    """Say who may use the server, where that is not only whoever sits at this machine."""
    if settings.allow_hf:
        names = ", ".join(settings.allow_hf)
        with_key = ", and those who have a key" if settings.require_key else ""
        return f"It lets in Hugging Face's {names}{with_key}."
    if settings.require_key:
        from app.web.access.keys import KeyStore

        keys = len(KeyStore(settings.home).listed())
        count = {0: "nobody has one yet", 1: "one person has one"}.get(keys, f"{keys} have one")
        return f"It asks everybody for a key: {count}; “keys add NAME” makes one. In HARP: SERVER/key/KEY/models/…"
    if settings.host in _THIS_MACHINE and not settings.public_url:
        return ""
    return "Whoever reaches this machine may use its models; with --require-key, only those to whom you give a key."


def bind(host: str, port: int) -> list[socket.socket]:
    """Bind every address of ``host`` (localhost has one for IPv4 and one for IPv6), all on the same port.

    Connections are refused until :func:`let_in`, and not taken while models are still prepared and nobody answers.

    Raises:
        SettingsError: the port is in use, not allowed, or the address is not this machine's.
    """
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise SettingsError(f"“{host}” is not an address of this machine; try --host localhost.") from None
    sockets: list[socket.socket] = []
    for family, kind, protocol, _, address in sorted(addresses, key=lambda item: item[0] != socket.AF_INET):
        try:
            listening = socket.socket(family, kind, protocol)
        except OSError:
            continue  # this machine has no such family
        try:
            if sys.platform != "win32":
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            taken = sockets[0].getsockname()[1] if sockets else port
            listening.bind((address[0], taken, *address[2:]))
            sockets.append(listening)
        except OSError as error:
            listening.close()
            if error.errno == errno.EADDRNOTAVAIL and (sockets or len(addresses) > 1):
                continue
            for other in sockets:
                other.close()
            raise SettingsError(_refusal(host, port, error)) from None
    if not sockets:
        raise SettingsError(f"“{host}” is not an address of this machine; try --host localhost.")
    return sockets


def let_in(sockets: list[socket.socket], settings: Settings) -> None:
    """Let clients in.

    Raises:
        SettingsError: another program did so meanwhile, on the same port.
    """
    try:
        for listening in sockets:
            listening.listen(2048)
    except OSError as error:
        raise SettingsError(_refusal(settings.host, settings.port, error)) from None


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use: stop the program that uses it, or choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} may not be used by this user; choose one above 1023 with --port."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"“{host}” is not an address of this machine; try --host localhost."
    return f"Cannot listen on {host}, port {port}: {error.strerror or 'unknown reason'}."
