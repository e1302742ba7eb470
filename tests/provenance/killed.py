"""``python -m tests.provenance.killed FILE FOLDER``: stamps copies of a file, each killed at one step further.

A step is a line of what writes; the kill is the system's, so that nothing is cleared up or written out.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from app.provenance.record import Provenance
from app.provenance.stamping import stamp

MADE = Provenance("test/mirror", "", "mit", {}, "0.1.0", "2026-11-28T17:25:43Z")
_WRITES = ("append", "rebuild", "_copy", "_write")


def dies_at(step: int, path: Path) -> bool:
    """Stamp a file in a child that is killed at that step; whether it was."""
    child = os.fork()
    if child == 0:
        left = step

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal left
            name = frame.f_code.co_name
            if "provenance" not in frame.f_code.co_filename or not (name in _WRITES or name.startswith("write_")):
                return None
            if event == "line":
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        stamped = stamp(path, MADE)
        os._exit(0 if stamped else 1)
    status = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
        raise SystemExit("it was not stamped")
    return os.WIFSIGNALED(status)


def main(source: Path, folder: Path) -> None:
    """Kill it at every step, until it comes to its end."""
    step = 0
    while True:
        copy = folder / f"{step}{source.suffix}"
        shutil.copyfile(source, copy)
        if not dies_at(step, copy):
            return
        step += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
