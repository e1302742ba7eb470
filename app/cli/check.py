"""``harpist check``: a report of everything that would go wrong for a user of a model.

The model runs in a sandboxed worker, one group of trials a job; one that crashes or hangs there ends the check, and the
report tells in which.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from app.audacitorch.checking.ending import ended
from app.audacitorch.checking.groups import GROUPS
from app.audacitorch.checking.report import Finding, Report, make_report, read_report
from app.audacitorch.checking.spec import CHECK_ID, check_spec
from app.audacitorch.checking.static import check_files
from app.config import Settings
from app.endpoint import FileOutput
from app.errors import AccessError, HarpistError, InputError, NotFoundError, WorkerError
from app.hub.client import HubClient
from app.hub.ids import ModelReference, parse_reference
from app.hub.install import InstallOptions, install
from app.hub.installed import Installed
from app.jobs.job import Caller
from app.jobs.service import JobService
from app.main import create_service
from app.registry import Registry
from app.workers.files.run_folder import RunFolder

_CALLER = Caller("local")
NOT_MADE = 3
"""What the command exits with where the check could not be made; 0 to 2 tell what was found."""
TELL_EVERY = 10.0
"""Seconds between two lines about trials that take long, where standard error is no terminal."""


def check_command(settings: Settings, model: str, *, as_json: bool) -> int:
    """Check a folder with a model, or a model of the hub, print the report, and return the exit code.

    That is 2 where something is an error, 1 where something is a warning, 0 where nothing is more than a note, and 3
    where the check could not be made.
    """
    try:
        return check_model(settings, model, as_json=as_json)
    except HarpistError as error:
        print(f"harpist: {error.message}", file=sys.stderr)
        return NOT_MADE


def check_model(settings: Settings, model: str, *, as_json: bool) -> int:
    """Check a folder with a model, or a model of the hub, and print the report.

    Returns:
        The exit code: 2 where something is an error, 1 where something is a warning, else 0.

    Raises:
        HarpistError: the check could not be made.
    """
    made = RunFolder(Path(tempfile.gettempdir()), prefix="harpist-check-")
    with closing(made):
        path = Path(model).expanduser()
        if path.is_file():
            raise InputError(f"“{model[:80]}” is a file; the folder that it lies in is expected.")
        if path.is_dir():
            report = check_folder(settings, path.resolve(), model, made.path)
        else:
            report = _check_hub_model(settings, model, made.path)
    print(report.json() if as_json else report.text())
    return report.exit_code


def check_folder(settings: Settings, folder: Path, name: str, scratch: Path) -> Report:
    """Check the model in a folder.

    Args:
        settings: how long a group of trials may take (``load_timeout``), and what a worker may use.
        folder: where its files lie.
        name: what the report calls it.
        scratch: an empty folder for what the worker writes.
    """
    findings, runnable = check_files(folder)
    measured: Mapping[str, str] = {}
    if runnable:
        settings = replace(settings, home=scratch / "home", workers=1, warm=1, job_timeout=settings.load_timeout)
        tried, measured = asyncio.run(_try(settings, folder))
        findings = [*findings, *tried]
    return make_report(name, findings, measured)


def _check_hub_model(settings: Settings, model: str, scratch: Path) -> Report:
    try:
        reference = parse_reference(model)
    except InputError:
        raise NotFoundError(f"“{model[:80]}” is neither a folder with a model nor OWNER/NAME on the hub.") from None
    installed = Installed(scratch / "hub")
    there = install(HubClient(), installed, reference, InstallOptions(largest=settings.max_model * 2**20))
    return check_folder(settings, installed.files(there), _shown(reference, there.commit), scratch)


def _shown(reference: ModelReference, commit: str) -> str:
    return f"{reference.id}@{commit[:12]}"


async def _try(settings: Settings, folder: Path) -> tuple[list[Finding], Mapping[str, str]]:
    """Run every group of trials in one worker, until it is lost; return what was found and measured."""
    registry = Registry()
    registry.add(check_spec(folder))
    service = create_service(settings, registry)
    await service.start()
    findings: list[Finding] = []
    measured: Mapping[str, str] = {}
    try:
        for group, during in GROUPS.items():
            telling = asyncio.create_task(_tell(group))
            try:
                report = await _run(service, group)
            except AccessError:
                raise
            except HarpistError as error:
                findings.append(ended(error, during))
                break
            finally:
                telling.cancel()
            findings += report.findings
            measured = report.measured
            if group == "opening" and not measured and report.exit_code == 2:
                break
    finally:
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        await service.close()
    return findings, measured


async def _tell(group: str) -> None:
    """Say which trials are being made: at once to a person who watches, else every :data:`TELL_EVERY` seconds."""
    begin = time.monotonic()
    if sys.stderr.isatty():
        while True:
            print(f"\r\x1b[K{group}: {time.monotonic() - begin:.0f} s …", end="", file=sys.stderr, flush=True)
            await asyncio.sleep(1.0)
    while True:
        await asyncio.sleep(TELL_EVERY)
        print(f"harpist: {group}: {time.monotonic() - begin:.0f} s …", file=sys.stderr, flush=True)


async def _run(service: JobService, group: str) -> Report:
    job = service.submit(CHECK_ID, _CALLER, (), {"group": group})
    written = next(item.path for item in await job.result() if isinstance(item, FileOutput))
    try:
        return read_report(written.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise WorkerError("The worker's report cannot be read.") from None
