"""A generated Space in a copy of its own, started as Hugging Face starts it: ``python space.py``."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server.running import RunningServer, announced


@contextmanager
def run_space(space: Path, home: Path, **environment: str) -> Iterator[tuple[str, list[str]]]:
    """Start a Space; gives its address and the lines that it prints."""
    with space_process(space, home, **environment) as server:
        assert server.process.poll() is None, "\n".join(server.lines)
        yield server.url, server.lines


@contextmanager
def space_process(space: Path, home: Path, **environment: str) -> Iterator[RunningServer]:
    """Start a Space, and wait until it answers or has ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HARPIST_", "PYTHONPATH"))}
    variables = {"HOME": str(home), "GRADIO_SERVER_PORT": str(port), "PYTHONUNBUFFERED": "1", **environment}
    how = {"args": [sys.executable, "space.py"], "cwd": space, "env": {**kept, **variables}, "text": True}
    with announced(120, **how) as server:
        server.url = f"http://127.0.0.1:{port}"
        yield server
