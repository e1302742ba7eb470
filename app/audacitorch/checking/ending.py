"""Findings about a model whose worker did not come back: crashes, hangs, memory. Standard library only."""

from __future__ import annotations

import re

from app.audacitorch.checking.report import ERROR, Finding, Kind
from app.errors import DeadlineError, HarpistError, WorkerCrashError

CRASH = Kind(
    "crash",
    ERROR,
    "The model takes its process down: a server loses the job and has to start anew, and a program that runs models in "
    "itself, as Audacity did, is gone.",
    "Find the operator that crashes by running the input that is named with the model in Python; check sizes before "
    "operators that trust them, such as those of quantised layers, and try another torch.",
)
HANG = Kind(
    "hang",
    ERROR,
    "The user waits until the server gives the job up.",
    "Look for a loop whose end depends on the sound, and give it a limit that only depends on the input's length.",
)
OUT_OF_MEMORY = Kind(
    "out-of-memory",
    ERROR,
    "The model fails on machines that other models run well on.",
    "Compute in blocks, lower the number of channels inside, or use an algorithm whose memory grows with the length "
    "and not with its square.",
)
FAILS = Kind(
    "fails",
    ERROR,
    "Nobody can use a model that fails on ordinary sound.",
    "Run model.pt on noise at its own rate: torch.jit.load('model.pt')(0.1 * torch.randn(1, 3 * sample_rate)).",
)

KINDS = (CRASH, HANG, OUT_OF_MEMORY, FAILS)

_MEMORY = re.compile(r"out of memory|ran out|stopped at [0-9.]+ GB")


def ended(error: HarpistError, during: str) -> Finding:
    """Return what a worker's error says of the model.

    Args:
        error: why the worker has no answer.
        during: what the model was given then, a clause such as ``"while it was given silence"``.
    """
    sentence = f"{error.message.rstrip('.')}, {during}."
    if _MEMORY.search(error.message):
        return OUT_OF_MEMORY.found(sentence)
    if isinstance(error, DeadlineError):
        return HANG.found(sentence)
    if isinstance(error, WorkerCrashError):
        return CRASH.found(sentence)
    return FAILS.found(sentence)
