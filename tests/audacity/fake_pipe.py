"""The other end of Audacity's pipe, which answers as it is told to, also as Audacity should not."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Answer = Callable[[str], "list[bytes] | None"]
"""Returns the pieces of an answer to a command; ``None`` closes the pipe, as an Audacity that is killed does."""

OK, FAILED = b"BatchCommand finished: OK\n\n", b"BatchCommand finished: Failed!\n\n"


def kind(command: str) -> list[bytes]:
    """Answer as Audacity does."""
    name, _, rest = command.partition(":")
    if name == "Message":
        return [rest.partition('"')[2].rstrip('"').encode() + b"\n", OK]
    return [b"\n", OK]


@contextmanager
def pipe_of(folder: Path, answer: Answer) -> Iterator[list[str]]:
    """Make the two FIFOs in ``folder`` and answer there; yields the commands that came."""
    to, back = (folder / f"audacity_script_pipe.{way}.{os.getuid()}" for way in ("to", "from"))
    os.mkfifo(to)
    os.mkfifo(back)
    commands: list[str] = []
    # Held open for reading and writing, so that nothing here waits for its other end.
    listening, speaking = os.open(to, os.O_RDWR), os.open(back, os.O_RDWR)

    def serve() -> None:
        with os.fdopen(os.dup(listening), "rb", buffering=0) as lines:
            buffered = b""
            while b"end\n" not in (buffered := buffered + lines.read(4096)):
                *whole, buffered = buffered.split(b"\n")
                for line in whole:
                    commands.append(line.decode())
                    pieces = answer(commands[-1])
                    if pieces is None:
                        os.close(speaking)
                        return
                    for piece in pieces:
                        os.write(speaking, piece)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield commands
    finally:
        os.write(listening, b"end\n")
        thread.join(10)
