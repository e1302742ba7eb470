"""What keeps a stream open while a job computes: HARP's HTTP libraries take a slow connection for a dead one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Heartbeat:
    """``text`` every ``interval`` seconds, for as long as there is nothing else to say."""

    interval: float
    text: bytes


def _comment(size: int) -> bytes:
    """Return a comment of the event stream that is ``size`` bytes long: every client reads past it."""
    return b":" + b"." * (size - 3) + b"\n\n"


HEARTBEAT = Heartbeat(15.0, _comment(2000))
"""HARP 3.1.0 on Linux gives up a job when fewer than 100 bytes a second arrive for 120 s, so with Gradio's own 29 bytes
every 15 s. 1,000 would do, since curl looks at the last five seconds; 2,000 satisfy one that takes the mean, too."""
EARLY_HEARTBEAT = Heartbeat(1.0, _comment(255))
"""For HARP before 2.2: the libraries of 1.4.1 and 2.0 give up when fewer than 100 bytes a second arrive for 10 s. A
``data: `` line would be taken for the answer by these two, which a comment is not."""
