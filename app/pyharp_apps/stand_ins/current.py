"""What runs in an app's process at the moment: the job, its folder, and what was said of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from app.endpoint import Progress


@dataclass
class Current:
    """One job; without one, what an app writes goes to the folder where it started.

    Attributes:
        job: takes its progress; ``None`` while no job runs.
        folder: where its files belong; ``None`` while no job runs.
        warnings: sentences for whoever gets the results.
        fraction: what was reported last, 0 to 1.
    """

    job: Progress | None = None
    folder: Path | None = None
    warnings: list[str] = field(default_factory=list)
    fraction: float = 0.0

    def report(self, fraction: float) -> None:
        """Tell how much is done, 0 to 1; raises JobCancelledError when the job should stop."""
        self.fraction = fraction
        if self.job is not None:
            self.job.report(fraction)

    def still(self) -> None:
        """Tell that it goes on, as far as it was; raises JobCancelledError when the job should stop."""
        self.report(self.fraction)

    def new_file(self, ending: str) -> Path:
        """Return a path for a file that does not exist yet."""
        folder = self.folder if self.folder is not None else Path.cwd() / "_outputs"
        folder.mkdir(exist_ok=True)
        names = (f"output{'' if number == 1 else f'-{number}'}{ending}" for number in count(1))
        return next(path for name in names if not (path := folder / name).exists())


CURRENT = Current()


@contextlib.contextmanager
def running(job: Progress, folder: Path) -> Iterator[Current]:
    """Make ``job`` the current one; its files belong in ``folder``."""
    CURRENT.job, CURRENT.folder, CURRENT.warnings, CURRENT.fraction = job, folder, [], 0.0
    try:
        yield CURRENT
    finally:
        CURRENT.job = CURRENT.folder = None
