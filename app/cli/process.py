"""``harpist process``: one model over many files, without a server, through the same pipeline."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from tqdm import tqdm

from app.cli.targets import Target, find_files, place, settle, settle_alone
from app.cli.tracks import Tracks, assign
from app.config import Settings
from app.endpoint import EndpointSpec, FileOutput, Outputs, TrackFile, as_labels, notices
from app.errors import HarpistError, InputError
from app.harp.controls import AudioTrack, ControlValue, MidiTrack, Track
from app.harp.label_files import LABEL_FILES
from app.harp.labels import LabelList
from app.harp.typed_values import parse_named
from app.harp.wire import labels_answer
from app.jobs.job import Caller, Job
from app.jobs.service import JobService
from app.jobs.trial import try_model
from app.main import create_service
from app.output_names import plain
from app.registry import Registry
from app.sources import find_or_load, open_registry
from app.workers.files.run_folder import RunFolder

COLUMNS = "{desc:<32.32} {percentage:3.0f}% |{bar}| {elapsed} < {remaining}"


@dataclass(frozen=True)
class Batch:
    """What is asked for.

    Attributes:
        model: an endpoint's id, a folder or a hub id.
        files: sound or MIDI files; with ``recursive``, folders of such too; none: the model is run once without.
        out: the folder for what comes back.
        values: controls' values as they were typed, by name.
        overwrite: whether results replace files of their name.
        recursive: whether folders are searched; their results keep their places in them.
        tracks: the files of further input tracks, by name (see :mod:`app.cli.tracks`).
        labels: the form in which labels are written (see :mod:`app.harp.label_files`).
    """

    model: str
    files: Sequence[Path]
    out: Path
    values: Mapping[str, str]
    overwrite: bool = False
    recursive: bool = False
    tracks: Mapping[str, Path] = field(default_factory=dict)
    labels: str = "audacity"


def process_files(settings: Settings, batch: Batch) -> int:
    """Run a model over every file and put what comes back into a folder; a failed file costs one line.

    Returns:
        The exit code: 0 when every file was processed, else 1.

    Raises:
        HarpistError: no file could be processed at all, since the model, a control or the folder is wrong.
    """
    try:
        batch.out.mkdir(parents=True, exist_ok=True)
        # Results are written next to where they go, so that moving them is a rename; a server's own are left alone.
        # What a killed process left there goes first.
        made = RunFolder(batch.out, prefix=".harpist-")
    except OSError as error:
        raise InputError(f"The folder {batch.out} cannot be made or written: {error.strerror}.") from error
    with closing(made):
        registry = open_registry(settings, say=_say)
        endpoint_id = find_or_load(registry, settings, batch.model, _say)
        service = create_service(replace(settings, home=made.path, workers=1), registry)
        return asyncio.run(_process_all(service, registry, endpoint_id, batch, settings.load_timeout))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def _process_all(
    service: JobService, registry: Registry, endpoint_id: str, batch: Batch, trial_seconds: float
) -> int:
    await service.start()
    try:
        spec = await ready(service, registry, endpoint_id, trial_seconds)
        controls = parse_named(spec.controls, batch.values)
        tracks = assign(spec, batch.tracks, alone=not batch.files)
        targets, failed = _planned(spec, batch, tracks)
        given = _given(targets, batch)
        for target in targets:
            sent = tracks.of(target.file) if target.file else tracks.others
            try:
                outputs = await process_one(service, spec, sent, (target.file or Path(spec.id)).name, controls)
                for path in _keep(outputs, target, batch.labels, overwrite=batch.overwrite, given=given):
                    print(path, flush=True)
                for notice in notices(outputs):
                    _say(f"{target.file or spec.id}: {notice}")
            except HarpistError as error:
                failed += 1
                _say(f"{target.file or spec.id}: {error.message}")
        return 1 if failed else 0
    finally:
        await service.close()


async def ready(service: JobService, registry: Registry, endpoint_id: str, trial_seconds: float) -> EndpointSpec:
    """Return a model that can be run: a new one is tried before.

    Raises:
        HarpistError: it failed when it was tried, or cannot be described.
    """
    for untried, folder, profile in registry.untried():
        if untried == endpoint_id:
            await try_model(service, untried, folder, profile, trial_seconds)
    return registry.get(endpoint_id)


def _given(targets: Iterable[Target], batch: Batch) -> frozenset[Path]:
    """Return the places of all files that are read, and so must not be replaced."""
    sent = (target.file for target in targets if target.file)
    return frozenset(map(place, (*sent, *batch.tracks.values())))


def _planned(spec: EndpointSpec, batch: Batch, tracks: Tracks) -> tuple[list[Target], int]:
    """Return what can be processed and where its results go, and how much cannot, of which one line each was said."""
    ending = LABEL_FILES[batch.labels].ending
    if tracks.main is None:
        # Who makes something anew wants it beside what was made before: nothing is in the way, see Target.free.
        return [settle_alone(tracks.first, batch.out, spec.outputs, ending)], 0
    track, sources, refused = spec.tracks[tracks.main], [], 0
    for path in batch.files:
        reason = _unusable(path, track, batch)
        if reason:
            refused += 1
            _say(f"{path}: {reason}")
        else:
            sources.append(path)
    found = list(find_files(sources, batch.out, track, recursive=batch.recursive))
    targets = settle(found, spec.outputs, ending)
    given = _given(targets, batch)
    free = []
    for target in targets:
        reason = _in_the_way(target, spec, given, overwrite=batch.overwrite)
        if reason:
            refused += 1
            _say(f"{target.file}: {reason}")
        else:
            free.append(target)
    return free, refused


def _unusable(path: Path, track: Track, batch: Batch) -> str:
    """Return why nothing can be processed there, or an empty text."""
    kind = {AudioTrack: "sound file", MidiTrack: "MIDI file"}.get(type(track), "such file")
    if path.is_dir():
        if not batch.recursive:
            return f"it is a folder; --recursive takes the {kind}s in it."
        if not any(find_files([path], batch.out, track, recursive=True)):
            return f"there is no {kind} in this folder."
        return ""
    if path.is_file():
        return ""
    return f"it is no {kind}." if path.exists() else "there is no such file."


def _in_the_way(target: Target, spec: EndpointSpec, given: Collection[Path], *, overwrite: bool) -> str:
    """Return why a file's results cannot be kept, as far as that is known before they are made, or an empty text."""
    try:
        expected = target.expected(spec)
    except OSError as error:
        return f"it cannot be read: {error.strerror}."
    replaced = [path.name for path in expected if place(path) in given]
    if replaced:
        return f"its result would replace {', '.join(replaced)}, which is to be processed too; choose another --out."
    taken = [] if overwrite else [path.name for path in expected if os.path.lexists(path)]
    return f"{', '.join(taken)} already there; --overwrite replaces it." if taken else ""


async def process_one(
    service: JobService,
    spec: EndpointSpec,
    tracks: Sequence[TrackFile | None],
    name: str,
    controls: Mapping[str, ControlValue],
) -> Outputs:
    """Return what comes of one job, whose progress is shown under a name, such as its file's.

    Raises:
        HarpistError: it failed.
    """
    name = plain(name)
    job: Job = service.submit(spec.id, Caller("local"), tracks, controls)
    with tqdm(total=1.0, desc=name, bar_format=COLUMNS, disable=None, leave=False) as bar:
        async for update in job.watch():
            bar.set_description_str(update.said or name, refresh=False)
            bar.update(update.fraction - bar.n)
    return await job.result()


def _keep(outputs: Outputs, target: Target, labels: str, *, overwrite: bool, given: Collection[Path]) -> list[Path]:
    """Move a job's outputs to where they belong; labels become a file of the form that is wanted, text a text file.

    Beside either, which has no place for it, stands the same as JSON that tells where it came from.

    What was made is never thrown away: where a file of its name has come in between, it gets a number.

    Raises:
        InputError: the disk is full, or the folder cannot be written.
    """
    kept: list[Path] = []
    try:
        target.folder.mkdir(parents=True, exist_ok=True)
        for number, item in enumerate(outputs):
            name = target.name_of(number, item.label) if isinstance(item, FileOutput) else target.names[number]
            ending = item.path.suffix if isinstance(item, FileOutput) else ".txt"
            if isinstance(item, LabelList):
                ending = LABEL_FILES[labels].ending
            path = target.folder / f"{name}{ending}"
            if not overwrite or place(path) in given or path in kept:
                path = target.free(name, ending)
            if isinstance(item, FileOutput):
                shutil.move(item.path, path)
            else:
                _write(path, LABEL_FILES[labels].text(item) if isinstance(item, LabelList) else f"{item.text}\n")
                if item.provenance and ending != ".json":
                    kept.append(path)
                    path = path.with_suffix(".json") if overwrite else target.free(name, ".json")
                    _write(path, json.dumps(labels_answer(as_labels(item)), indent=1))
            kept.append(path)
    except OSError as error:
        raise InputError(f"cannot write to {target.folder}: {error.strerror}.") from error
    return kept


def _write(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
