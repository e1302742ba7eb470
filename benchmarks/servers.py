"""Real servers in processes of their own: Harpist, started as users start it, and what it is compared with."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.calls import harp_job
from benchmarks.models import BenchmarkModel

ROOT = Path(__file__).parent.parent
_ADDRESS = re.compile(r"http://\S+?:\d+")
_START = 300


@dataclass(frozen=True)
class Server:
    """Where a server answers, and its process."""

    url: str
    pid: int

    def job(self, model: BenchmarkModel, sound: Path) -> int:
        """Have Harpist process a region, from disk to disk; return how many bytes came back."""
        return harp_job(f"{self.url}/models/{model.id}", sound, model.controls)


@contextmanager
def harpist(home: Path, models: Sequence[BenchmarkModel], *flags: str) -> Iterator[Server]:
    """Run ``python -m app serve`` with these models on a free port.

    Uploads and results are the server's own; the exported models and what was measured of them are kept in ``home``.
    """
    folders = [part for model in dict.fromkeys(models) for part in ("--model", str(model.export(home)))]
    with tempfile.TemporaryDirectory(prefix="server-", dir=home) as scratch:
        for kept in ("bundled", "profiles"):
            (home / kept).mkdir(exist_ok=True)
            (Path(scratch) / kept).symlink_to(home / kept)
        # Each job is to be computed, also the second one of a sound.
        forgetful = () if "--repeats" in flags else ("--repeats", "0")
        with serving(Path(scratch), *folders, *forgetful, *flags) as server:
            yield server


@contextmanager
def serving(home: Path, *flags: str, root: Path = ROOT, **variables: str) -> Iterator[Server]:
    """Run ``python -m app serve`` of the project in ``root`` with a home folder of its own on a free port."""
    command = [sys.executable, "-m", "app", "serve", "--port", "0", "--home", str(home), *flags]
    with _running(command, "In a browser:", root, **variables) as server:
        yield server


@contextmanager
def rival(name: str) -> Iterator[Server]:
    """Run one of ``benchmarks.rivals`` on a free port."""
    with tempfile.TemporaryDirectory(prefix="harpist-rival-") as scratch:
        results, cache = Path(scratch) / "results", Path(scratch) / "gradio"
        results.mkdir()
        places = {"TMPDIR": str(results), "GRADIO_TEMP_DIR": str(cache), "GRADIO_ANALYTICS_ENABLED": "False"}
        with _running([sys.executable, "-m", f"benchmarks.rivals.{name}"], "http://", **places) as server:
            yield server


@contextmanager
def _running(command: Sequence[str], ready: str, root: Path = ROOT, **variables: str) -> Iterator[Server]:
    """Run a command until the end of the block; it is ready once it prints a line with ``ready`` and an address."""
    # As a user's machine has it: no settings, and bytecode that stays.
    left_out = ("HARPIST_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    environment = {**kept, "PYTHONUNBUFFERED": "1", **variables}
    process = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    announced = threading.Event()
    lines: list[str] = []

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if ready in line and _ADDRESS.search(line):
                announced.set()
        announced.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        announced.wait(_START)
        announcement = next((line for line in lines if ready in line), "")
        found = _ADDRESS.search(announcement) if process.poll() is None else None
        if found is None:
            raise RuntimeError("the server did not start:\n" + "".join(lines))
        yield Server(found[0], process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(5)
