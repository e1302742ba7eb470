"""The head of a Ray cluster, started as an operator does, on this machine alone: to be killed and started anew."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from tests.proxies.programs import free_port

_STORE = 80 << 20
"""Bytes of the object store."""


class Head:
    """A head that is a node, too, with one processor.

    Args:
        folder: for what Ray writes, and the node's home; its path must be short.
        mode: what ``RAY_AUTH_MODE`` is where it starts.
        path: a folder where its Python looks for modules first.
        options: of ``ray start``, and more than it is given in any case.
    """

    def __init__(
        self, folder: Path, mode: str = "token", path: Path | None = None, options: tuple[str, ...] = ()
    ) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self._folder, self._options = folder, options
        self._environment = {
            **os.environ,
            "HARPIST_HOME": str(folder / "home"),
            "RAY_AUTH_MODE": mode,
            "RAY_TMPDIR": str(folder),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
            "RAY_memory_monitor_refresh_ms": "0",
            **({"PYTHONPATH": str(path)} if path else {}),
        }

    def start(self) -> None:
        """Start it, and return when it is there."""
        ray = Path(sys.executable).with_name("ray")
        options = ("--port", self.address.rpartition(":")[2], "--num-cpus", "1", "--object-store-memory", str(_STORE))
        ran = subprocess.run(
            [ray, "start", "--head", "--include-dashboard=false", *options, *self._options],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr

    def processes(self) -> list[psutil.Process]:
        """Return all that runs of it."""
        found = []
        for process in psutil.process_iter(["name"]):
            with contextlib.suppress(psutil.Error):
                if process.environ().get("RAY_TMPDIR") == str(self._folder) and process.pid != os.getpid():
                    found.append(process)
        return found

    def kill(self, name: str = "") -> None:
        """Kill its process of that name, as by ``kill -9``; without one, all of them."""
        killed = [process for process in self.processes() if name in ("", process.info["name"])]
        assert killed
        for process in killed:
            process.kill()
        psutil.wait_procs(killed, timeout=30)


@contextlib.contextmanager
def a_head(folder: Path, **options: Any) -> Iterator[Head]:
    """Start a head (see :class:`Head`), which is gone afterwards."""
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    head = Head(folder, **options)
    head.start()
    try:
        yield head
    finally:
        with contextlib.suppress(AssertionError):
            head.kill()
