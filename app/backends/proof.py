"""Results whose headers prove too little are read to their end, by another worker than the one that made them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.endpoint import TrackFile
from app.errors import DeadlineError, ModelRunError, WorkerError
from app.workers.messages import Load, Run
from app.workers.pool import WorkerPool
from app.workers.sandbox.terms import Sandbox

SOUND, MIDI = "app.audio.verify:Verify", "app.midi.verify:VerifyMidi"
"""Who reads which kind of result."""


async def prove(
    pool: WorkerPool,
    job: str,
    results: Sequence[TrackFile],
    folder: Path,
    *,
    reader: str,
    sandbox: Sandbox,
    timeout: float,
) -> None:
    """Have a job's results read.

    Args:
        pool: whose workers read.
        job: the job's id.
        results: the files, each named by its label.
        folder: the job's own.
        reader: :data:`SOUND` or :data:`MIDI`.
        sandbox: the terms of a reader, who opens what a stranger wrote.
        timeout: seconds that it may take.

    Raises:
        ModelRunError: one is not what it seems.
        DeadlineError: reading took too long.
    """
    run = Run(job, [[str(result.path), result.name] for result in results], str(folder), {})
    try:
        await pool.run(reader, Load(reader, {}, "cpu", 1), sandbox, run, lambda: None, _ignore, timeout=timeout)
    except DeadlineError:
        raise
    except WorkerError as error:
        names = ", ".join(f"“{result.name}”" for result in results)
        raise ModelRunError(f"The model’s result {names} could not be read.") from error


def _ignore(fraction: float, said: str = "", /) -> None:
    """Progress of reading is nobody's concern."""
