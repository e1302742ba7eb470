"""A real server in a process of its own, started as a user starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.backend_under_test import in_environment

ROOT = Path(__file__).parent.parent.parent
_ADDRESS = re.compile(r" at (http://\S+) ")
IN_TESTS = {"PYTHONUNBUFFERED": "1", "HARPIST_THREADS": "1"}
"""Tests run beside each other: two threads of one worker would only take turns with theirs."""


@dataclass
class RunningServer:
    """A server's address, process and what it printed."""

    process: subprocess.Popen[str]
    url: str = ""
    lines: list[str] = field(default_factory=list)

    def model(self, name: str) -> str:
        return f"{self.url}/models/{name}"

    def has_pages(self) -> bool:
        """Whether Gradio is there: what it is built on, in the process's memory."""
        return "pydantic_core" in Path(f"/proc/{self.process.pid}/maps").read_text()


def command(*arguments: str, home: Path, module: str = "app", **environment: str) -> dict[str, object]:
    """Keyword arguments for ``subprocess`` that run ``python -m app`` with a home folder of its own."""
    return {
        "args": [sys.executable, "-m", module, *arguments],
        "cwd": ROOT,
        "env": {**os.environ, "HARPIST_HOME": str(home), **IN_TESTS, **in_environment(), **environment},
        "text": True,
    }


@contextmanager
def run_server(home: Path, *flags: str, module: str = "app", **environment: str) -> Iterator[RunningServer]:
    """Start ``serve`` on a free port, wait until it has announced itself, and stop it with SIGINT at the end.

    Gradio comes with the first page, if there is one: it costs each start as much processor time as all the rest.
    """
    flags = ("--port", "0", "--late-pages", *flags)
    with announced(180, **command("serve", *flags, home=home, module=module, **environment)) as server:
        assert server.url, "\n".join(server.lines)
        yield server


@contextmanager
def announced(seconds: float, **how: Any) -> Iterator[RunningServer]:
    """Start a program that announces itself as ``serve`` does, within so long, and stop it with SIGINT at the end.

    Args:
        seconds: until the announcement, at most.
        how: keyword arguments for ``subprocess``.
    """
    process = subprocess.Popen(**how, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    server = RunningServer(process)
    told = threading.Event()

    def read() -> None:
        for line in process.stdout:
            server.lines.append(line.rstrip("\n"))
            found = _ADDRESS.search(line)
            if found:
                server.url = found[1]
            if line.startswith("In a browser:"):
                told.set()
        told.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        assert told.wait(seconds), "it did not start:\n" + "\n".join(server.lines)
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(90)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        reader.join(10)
        process.stdout.close()
