"""A Gradio app in a process of its own: started with the server, ended with it, started again when it ends by itself.

It is whatever its author wrote, and runs with the rights of whoever started the server, outside the sandbox: neither in
the server's process, nor with its settings.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from app.errors import BusyError, DeadlineError, SettingsError, WorkerCrashError
from app.guests.calls import GuestCalls

_PROGRAM = Path(__file__).with_name("program.py")
_LONGEST_REPORT = 64 * 1024
_GRACE = 3.0
"""Seconds that a guest gets to end by itself."""
_ANSWER = 1.0
"""Seconds in which it says whether it works on a call."""


@dataclass(frozen=True)
class GuestApp:
    """A Gradio app as the settings name it: the file, and the name of the app in it."""

    path: Path
    name: str

    @property
    def title(self) -> str:
        """What it is called after: its file, or the folder of one that is called what they are all called."""
        return self.path.stem if self.path.stem not in ("app", "main", "demo", "space") else self.path.parent.name


def parse_guest(text: str) -> GuestApp:
    """Read ``path/to/app.py:demo``; ``:demo`` may be left out.

    Raises:
        SettingsError: there is no such file.
    """
    file, colon, name = text.rpartition(":")
    if not colon or not name.isidentifier():
        file, name = text, "demo"
    path = Path(file).expanduser().absolute()
    if not path.is_file():
        raise SettingsError(f"“{text[:80]}” names no Gradio app; path/to/app.py:demo is expected.")
    return GuestApp(path, name)


class Guest:
    """One Gradio app.

    Args:
        endpoint_id: ``local/NAME``.
        app: which one.
        folder: for the files that it keeps while it runs.
        largest: MiB that a client may send.
        seconds: how long its start may take.
    """

    def __init__(self, endpoint_id: str, app: GuestApp, folder: Path, largest: int, seconds: float) -> None:
        self.id = endpoint_id
        self.app = app
        self._folder = folder
        self._largest = largest
        self._seconds = seconds
        self._port = 0
        self._process: asyncio.subprocess.Process | None = None
        self._restart: asyncio.Task[None] | None = None
        self._why = "has ended by itself"
        self._asking = asyncio.Lock()
        self.calls = GuestCalls()
        self._closed = False

    def port(self) -> int:
        """Return where it answers, on this machine only.

        Raises:
            BusyError: it has ended, by itself or for a cancel's sake, and is being started again.
        """
        if self._process is None or self._process.returncode is not None or not self._port:
            if not self._closed and (self._restart is None or self._restart.done()):
                self._restart = asyncio.create_task(self._start_again())
            raise BusyError(f"The app {self.id} {self._why} and is started again; try again in some seconds.")
        return self._port

    async def start(self) -> None:
        """Start its process and wait until it answers.

        Raises:
            WorkerCrashError: it could not be loaded, or ended.
            DeadlineError: it took too long.
        """
        if self._process is None:
            shutil.rmtree(self._folder, ignore_errors=True)  # an earlier server's
        # What callers have sent outlives the process that it was sent to.
        self._folder.mkdir(parents=True, exist_ok=True)
        self._port = 0
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(_PROGRAM),
            str(self.app.path),
            self.app.name,
            str(self._largest),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=self._environment(),
            limit=_LONGEST_REPORT,
        )
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), self._seconds)
            told = json.loads(line)
        except asyncio.TimeoutError:
            await self._end()
            raise DeadlineError(f"The app {self.id} did not start within {self._seconds:g} s.") from None
        except ValueError:
            await self._end()
            raise WorkerCrashError(f"The app {self.id} ended while it was loaded.") from None
        if "port" not in told:
            await self._end()
            raise WorkerCrashError(f"The app {self.id} cannot be loaded: {told.get('error')}.")
        self._port = int(told["port"])

    async def computes(self, event: str) -> bool:
        """Return whether it works on a call at this moment; also where it is too busy to say."""
        process = self._process
        if process is None or process.returncode is not None:
            return False
        assert process.stdin is not None and process.stdout is not None
        async with self._asking:
            try:
                process.stdin.write(event.encode() + b"\n")
                await process.stdin.drain()
                while True:
                    line = await asyncio.wait_for(process.stdout.readline(), _ANSWER)
                    if not line:
                        return False
                    told = json.loads(line)
                    if told.get("event") == event:
                        return bool(told["computes"])
            except (asyncio.TimeoutError, OSError, ValueError):
                return True

    async def start_again(self) -> None:
        """End its process at once, whatever it is doing, and start it anew; returns once that has begun."""
        self._why = "was ended, since it would not stop a job that was cancelled,"
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        with contextlib.suppress(BusyError):
            self.port()

    async def close(self) -> None:
        """End it."""
        self._closed = True
        if self._restart is not None:
            self._restart.cancel()
            await asyncio.wait({self._restart})
        await self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HARPIST_")}
        return {**kept, "GRADIO_TEMP_DIR": str(self._folder), "GRADIO_ANALYTICS_ENABLED": "False"}

    async def _start_again(self) -> None:
        with contextlib.suppress(WorkerCrashError, DeadlineError):
            await self.start()
            self._why = "has ended by itself"

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _GRACE)
        except asyncio.TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
