"""A generated Space in a copy of its own, started as Hugging Face starts it: ``python space.py``."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def run_space(space: Path, home: Path, **environment: str) -> Iterator[tuple[str, list[str]]]:
    """Start a Space; gives its address and the lines that it prints."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HARPIST_", "PYTHONPATH"))}
    variables = {"HOME": str(home), "GRADIO_SERVER_PORT": str(port), "PYTHONUNBUFFERED": "1", **environment}
    process = subprocess.Popen(
        [sys.executable, "space.py"],
        cwd=space,
        env={**kept, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []
    announced = threading.Event()

    def read() -> None:
        for line in process.stdout or ():
            lines.append(line.rstrip("\n"))
            if line.startswith("In a browser:"):
                announced.set()
        announced.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        assert announced.wait(120) and process.poll() is None, "\n".join(lines)
        yield f"http://127.0.0.1:{port}", lines
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        reader.join(10)
        assert process.stdout is not None
        process.stdout.close()
