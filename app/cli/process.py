"""``python -m app process``: one model over many files, without a server, through the same pipeline."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from app.config import Settings
from app.endpoint import EndpointSpec, FileOutput, Outputs, Result, TrackFile, notices
from app.errors import HarpistError, InputError
from app.harp.controls import ControlValue
from app.harp.labels import LabelList, audacity_text
from app.harp.typed_values import parse_named
from app.jobs.job import Caller, Job
from app.jobs.service import JobService
from app.jobs.trial import try_model
from app.main import create_service
from app.registry import Registry
from app.sources import find_or_add, open_registry
from app.workers.files.run_folder import RunFolder

COLUMNS = "{desc:<32.32} {percentage:3.0f}% |{bar}| {elapsed} < {remaining}"


def process_files(
    settings: Settings, model: str, files: Sequence[Path], out: Path, values: Mapping[str, str], *, overwrite: bool
) -> int:
    """Run ``model`` over every file and put what comes back into ``out``; a failed file costs one line.

    Returns:
        The exit code: 0 when every file was processed, else 1.

    Raises:
        HarpistError: no file could be processed at all, since the model, a control or the folder is wrong.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        # Results are written next to where they go, so that moving them is a rename; a server's own are left alone.
        # What a killed process left there goes first.
        made = RunFolder(out, prefix=".harpist-")
    except OSError as error:
        raise InputError(f"The folder {out} cannot be made or written: {error.strerror}.") from error
    with closing(made):
        registry = open_registry(settings, say=_say)
        endpoint_id = find_or_add(registry, settings, model)
        service = create_service(replace(settings, home=made.path, workers=1), registry)
        work = _process_all(
            service, registry, endpoint_id, files, out, values, settings.load_timeout, overwrite=overwrite
        )
        return asyncio.run(work)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def _process_all(
    service: JobService,
    registry: Registry,
    endpoint_id: str,
    files: Sequence[Path],
    out: Path,
    values: Mapping[str, str],
    trial_seconds: float,
    *,
    overwrite: bool,
) -> int:
    await service.start()
    try:
        for untried, folder, profile in registry.untried():
            if untried == endpoint_id:
                await try_model(service, untried, folder, profile, trial_seconds)
        spec = registry.get(endpoint_id)
        controls = parse_named(spec.controls, values)
        failed = 0
        for file in files:
            try:
                outputs = await _process_one(service, spec, file, controls)
                for path in _keep(outputs, file, out, overwrite=overwrite):
                    print(path)
                for notice in notices(outputs):
                    _say(f"{file}: {notice}")
            except HarpistError as error:
                failed += 1
                _say(f"{file}: {error.message}")
        return 1 if failed else 0
    finally:
        await service.close()


async def _process_one(
    service: JobService, spec: EndpointSpec, file: Path, controls: Mapping[str, ControlValue]
) -> Outputs:
    if not file.is_file():
        raise InputError("it is a folder; files are expected." if file.is_dir() else "there is no such file.")
    tracks = (TrackFile(file.absolute(), file.name), *(None for _ in spec.tracks[1:]))
    needed = [track.label for track in spec.tracks[1:] if track.required]
    if needed:
        raise InputError(
            f"this model needs further files ({', '.join(needed)}), which only HARP and the page can send."
        )
    job: Job = service.submit(spec.id, Caller("local"), tracks, controls)
    with tqdm(total=1.0, desc=file.name, bar_format=COLUMNS, disable=None, leave=False) as bar:
        async for update in job.watch():
            bar.update(update.fraction - bar.n)
    return await job.result()


def _text_name(file: Path, item: Result) -> str:
    return f"{file.stem}-{'labels' if isinstance(item, LabelList) else 'text'}.txt"


def _keep(outputs: Outputs, file: Path, out: Path, *, overwrite: bool) -> list[Path]:
    """Move a job's outputs into ``out``; labels become an Audacity label track, text a text file.

    Raises:
        InputError: a file of that name is there, or the disk is full.
    """
    targets = [out / (item.path.name if isinstance(item, FileOutput) else _text_name(file, item)) for item in outputs]
    taken = [target.name for target in targets if target.exists()]
    if taken and not overwrite:
        raise InputError(f"{', '.join(taken)} already there; --overwrite replaces it.")
    try:
        for item, target in zip(outputs, targets):
            if isinstance(item, FileOutput):
                shutil.move(item.path, target)
            else:
                text = audacity_text(item.labels) if isinstance(item, LabelList) else f"{item.text}\n"
                part = target.with_name(f".{target.name}.part")
                part.write_text(text, encoding="utf-8")
                part.replace(target)
    except OSError as error:
        raise InputError(f"cannot write to {out}: {error.strerror}.") from error
    return targets
