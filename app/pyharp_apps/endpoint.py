"""An app written for pyharp as an endpoint: loaded once in its worker, then run for one job after another."""

from __future__ import annotations

import contextlib
import inspect
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.endpoint import Controls, Outputs, Progress, Region
from app.errors import HarpistError, ModelRunError
from app.pyharp_apps.loading import load
from app.pyharp_apps.refusals import explained
from app.workers.sentences import failure_sentence, tells_of_memory

_OUTPUTS = "_outputs"
"""The folder in which pyharp keeps results, and so do apps by themselves."""


class PyharpApp:
    """An app.

    Args:
        path: its file.
        keeps: a folder for what its libraries download; empty: they keep nothing.
        permits: what of the sandbox's terms it was given, separated by commas.
    """

    def __init__(self, path: str, keeps: str = "", permits: str = "") -> None:
        self._path = Path(path)
        self._keeps = keeps
        self._permits = tuple(name for name in permits.split(",") if name)
        self._built: Any = None
        self.card: Any = None
        self.inputs: Any = ()
        self.outputs: Any = ()

    def setup(self, _device: str) -> None:
        """Run the app's file, which loads its model; the app chooses its device itself.

        Raises:
            ModelFormatError: why it builds no endpoint.
        """
        from app.pyharp_apps.translation import described

        self._built = load(self._path, Path.home(), self._keeps, self._permits)
        told = described(self._built)
        self.card, self.inputs, self.outputs = told.card, told.inputs, told.outputs

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Run the app's function.

        Raises:
            HarpistError: what the app says (``gr.Error``), or why there are no results.
        """
        from app.pyharp_apps.arguments import arguments_of
        from app.pyharp_apps.results import results_of, values_of
        from app.pyharp_apps.stand_ins.current import running
        from app.pyharp_apps.stand_ins.gradio import Error

        job.report(0.0)
        positional, named = arguments_of(self._built, self.inputs, region, controls)
        with running(job, region.folder) as current, _own_folders(region.folder):
            try:
                returned = _last(self._built.function(*positional, **named), job)
                outputs = results_of(values_of(returned, self._built), self.outputs, region)
            except Error as error:
                raise ModelRunError(error.message or "The app failed without saying why.") from None
            except SystemExit:
                raise ModelRunError("The app tried to end its process (sys.exit) in the middle of a job.") from None
            except (HarpistError, MemoryError):
                raise
            except Exception as error:
                if tells_of_memory(error):
                    raise MemoryError from None
                raise ModelRunError(
                    explained(error, failure_sentence(error), self._permits, self._path.parent)
                ) from error
            return _with_warnings(outputs, current.warnings)


def _last(returned: Any, job: Progress) -> Any:
    """Return the result of a call: of a generator, the last value that it yields; of a coroutine, what it returns.

    Raises:
        JobCancelledError: the job was cancelled between two values.
    """
    from app.pyharp_apps.stand_ins.current import CURRENT

    def between() -> None:
        job.report(CURRENT.fraction)

    if inspect.iscoroutine(returned) or inspect.isasyncgen(returned):
        from app.pyharp_apps.awaiting import awaited

        return awaited(returned, between)
    if not inspect.isgenerator(returned):
        return returned
    value: Any = None
    for value in returned:  # noqa: B007
        between()
    return value


@contextlib.contextmanager
def _own_folders(folder: Path) -> Iterator[None]:
    """Let temporary files lie in a job's folder, where they end with it; what the app kept as results ends, too."""
    before = {name: os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")}
    os.environ.update(dict.fromkeys(before, str(folder)))
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = None
        for name, value in before.items():
            if value is not None:
                os.environ[name] = value
        with contextlib.suppress(OSError):
            shutil.rmtree(Path.cwd() / _OUTPUTS)


def _with_warnings(outputs: list[Any], warnings: list[str]) -> Outputs:
    """Return outputs with what the app warned of (``gr.Warning``) on the first one."""
    from dataclasses import replace

    if not warnings or not outputs:
        return outputs
    said = " ".join(dict.fromkeys(warnings))
    return [replace(outputs[0], notice=said), *outputs[1:]]
