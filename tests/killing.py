"""Work that is killed at each of its steps in turn, as by ``kill -9``: a step is a line of the files that are named.

Used by small programs of their own, without the test's libraries: a fork of those takes two milliseconds.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any


def killed_at(step: int, work: Callable[[], object], files: Sequence[str]) -> bool:
    """Do work in a child that is killed before so many lines of these files have run; whether it was.

    Args:
        step: how many lines run.
        work: what is done.
        files: ends of the paths of the sources that count, such as ``app/whole_file.py``.

    Raises:
        RuntimeError: the work failed.
    """
    child = os.fork()
    if child == 0:
        left = step

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal left
            if not frame.f_code.co_filename.endswith(tuple(files)):
                return None
            if event == "line":
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        try:
            threading.settrace(trace)
            sys.settrace(trace)
            work()
        except BaseException as error:
            sys.settrace(None)
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return True
    if os.WEXITSTATUS(status):
        raise RuntimeError("the work failed")
    return False
