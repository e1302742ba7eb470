"""A cancel in the middle: what computed has ended within a second."""

from __future__ import annotations

import time

import psutil

from tests.server.harp import begin, call, fetch
from tests.serving import Site


def cancelled_in_the_middle(server: Site, url: str, sent: list[object], words: str, least: float) -> None:
    """Begin a job, and cancel it as HARP does once it says ``words``, ``least`` seconds of the processor later."""
    event = begin(url, "process", sent)
    said = lambda: [job.update.said for job in server.service._jobs.values() if not job.update.state.ended]  # noqa: E731
    server.wait(lambda: any(words in one for one in said()), 90)
    assert _spent() > least
    begun = time.monotonic()
    assert call(url, "cancel", [])[0] == "complete"
    assert fetch(event)[0] == "error"
    time.sleep(max(0.0, begun + 1.0 - time.monotonic()))
    after_a_second = _spent()
    time.sleep(1.0)
    assert _spent() - after_a_second < 0.1, "seconds of the processor, by whatever is left"
    assert not server.open_jobs()


def _spent() -> float:
    """Return the processor time (s) of all processes that are there for jobs."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total
