"""Findings about time and memory; both are told for every model."""

from __future__ import annotations

import time

from app.audacitorch.checking.report import WARNING, Finding, Kind
from app.audacitorch.checking.subject import Subject
from app.audacitorch.trial.timed_run import peak_memory

SLOW = Kind(
    "slow",
    WARNING,
    "The user waits longer than the sound lasts.",
    "Avoid loops over samples; use larger strides, fewer channels or a lower sample rate.",
)
MEMORY = Kind(
    "memory",
    WARNING,
    "A minute of sound does not fit into the memory of most machines.",
    "Compute in blocks inside forward, or keep fewer channels at the full rate.",
)

KINDS = (SLOW, MEMORY)

SLOWEST = 1.0
"""Seconds of time for a second of sound."""
_MOST_MEMORY = 128 * 2**20
"""Bytes for a second of sound, with which a minute needs 7.5 GiB."""


def check_speed(subject: Subject) -> list[Finding]:
    """Measure what a second of sound costs on this machine's processor."""
    sound = subject.sound(subject.usual)
    seconds = subject.usual / subject.rate
    best = float("inf")
    for _ in range(2):
        if best < float("inf") and not subject.affords(subject.usual):
            break
        begin = time.perf_counter()
        subject.run(sound)
        best = min(best, time.perf_counter() - begin)
    pace = best / seconds
    need = peak_memory(lambda: subject.run(sound)) / seconds
    subject.measured["time per second of sound"] = f"{1000 * pace:.3g} ms ({1 / pace:.3g} × real time)"
    subject.measured["memory per second of sound"] = f"{need / 2**20:.3g} MiB"
    found = []
    if pace > SLOWEST:
        found.append(SLOW.found(f"A second of sound takes {pace:.2g} s on this machine."))
    if need > _MOST_MEMORY:
        found.append(MEMORY.found(f"A second of sound needs {need / 2**20:.0f} MiB of memory."))
    return found
