"""How much memory processes hold beside what they share with others, such as Ray's object store."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import psutil

_EVERY = 0.02


@contextmanager
def watched(pids: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Note each process's peak for the length of the block (bytes); looked at fifty times a second."""
    peaks, ended = dict.fromkeys(pids, 0), threading.Event()

    def watch() -> None:
        while not ended.wait(_EVERY):
            for name, pid in pids.items():
                with suppress(psutil.Error):
                    memory = psutil.Process(pid).memory_info()
                    peaks[name] = max(peaks[name], memory.rss - memory.shared)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield peaks
    finally:
        ended.set()
        watching.join()
