"""Real nginx and Caddy in front of a server, each with a folder of its own and no more rights than the tests have."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

CERTIFICATE = "caddy/pki/authorities/local/root.crt"

NGINX = """
daemon off; pid {folder}/pid; error_log stderr; worker_processes 1; {user}
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
{locations}
  }}
}}
"""
CADDY = """
{{
  admin off
  auto_https disable_redirects
  skip_install_trust
}}
{site} {{
  tls internal
{routes}
}}
"""


def program(name: str) -> str:
    """Return where a program lies; on a machine without it, which ``make test`` mends where it may, skip the test."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
    if found is None:
        pytest.skip(f"{name} is not installed: as root, make test installs it")
    return found


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def nginx(folder: Path, port: int, locations: str) -> Iterator[None]:
    """Run nginx on a port of 127.0.0.1, with these ``location`` blocks."""
    # As root its processes would become another user, who may not read this folder.
    user = "user root;" if os.geteuid() == 0 else ""
    text = NGINX.format(folder=folder, port=port, locations=locations, user=user)
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    arguments = [program("nginx"), "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]
    with _running(arguments, folder, port):
        yield


@contextlib.contextmanager
def caddy(folder: Path, port: int, routes: str) -> Iterator[Path]:
    """Run Caddy at ``https://localhost:PORT`` with these routes; gives the certificate that vouches for its own."""
    text = CADDY.format(site=f"https://localhost:{port}", routes=routes)
    (folder / "Caddyfile").write_text(text, encoding="utf-8")
    arguments = [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with _running(arguments, folder, port):
        certificate = folder / CERTIFICATE
        _wait(lambda: certificate.exists() and _greets(port, certificate), folder)
        yield certificate


@contextlib.contextmanager
def _running(arguments: list[str], folder: Path, port: int) -> Iterator[None]:
    environment = {**os.environ, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "HOME": str(folder)}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log)
    try:
        _wait(lambda: process.poll() is not None or _answers(port), folder)
        assert process.poll() is None, (folder / "log").read_text()
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def _greets(port: int, certificate: Path) -> bool:
    """Whether a TLS server has its certificate by now, which it makes after it has begun to listen."""
    context = ssl.create_default_context(cafile=str(certificate))
    try:
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            context.wrap_socket(plain, server_hostname="localhost"),
        ):
            return True
    except OSError:
        return False


def _wait(happened: Callable[[], bool], folder: Path) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline, (folder / "log").read_text()
        time.sleep(0.02)
