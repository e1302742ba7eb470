"""``harpist audacity``: Audacity's selection through one model, and what comes back as new tracks beneath it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from app.audacity.pipe import audacity
from app.audacity.placing import place_results
from app.audacity.taking import Taken, take_selection
from app.cli.private_folder import private_folder
from app.cli.process import process_one, ready
from app.cli.tracks import assign
from app.config import Settings
from app.endpoint import EndpointSpec, TrackFile, notices
from app.errors import HarpistError, InputError
from app.harp.controls import AudioTrack, ControlValue
from app.harp.typed_values import parse_named
from app.jobs.service import JobService
from app.main import create_service
from app.registry import Registry
from app.sources import find_or_load, open_registry


def process_selection(settings: Settings, model: str, values: Mapping[str, str], tracks: Mapping[str, Path]) -> int:
    """Run a model over what is selected in Audacity, track by track, and put what comes back under each.

    Args:
        settings: how it is run.
        model: an endpoint's id, a folder or a hub id.
        values: controls' values as they were typed, by name.
        tracks: the files of further input tracks, by name.

    Returns:
        The exit code: 0 when every track was processed, else 1.

    Raises:
        HarpistError: nothing could be processed at all: Audacity does not answer, or the model or a control is wrong.
    """
    with closing(private_folder(settings.home, ".audacity-")) as private:
        # Whether Audacity answers, and has something selected, is known before a model is loaded.
        with audacity() as pipe:
            taken = take_selection(pipe, private.path)
        registry = open_registry(settings, say=_say)
        endpoint_id = find_or_load(registry, settings, model, _say)
        service = create_service(replace(settings, home=private.path, workers=1), registry)
        work = _process_all(service, registry, endpoint_id, taken, values, tracks, private.path, settings.load_timeout)
        return asyncio.run(work)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def _process_all(
    service: JobService,
    registry: Registry,
    endpoint_id: str,
    taken: Sequence[Taken],
    values: Mapping[str, str],
    further: Mapping[str, Path],
    folder: Path,
    trial_seconds: float,
) -> int:
    await service.start()
    failed = 0
    try:
        spec = await ready(service, registry, endpoint_id, trial_seconds)
        controls = parse_named(spec.controls, values)
        tracks = assign(spec, further)
        if tracks.main is None or not isinstance(spec.tracks[tracks.main], AudioTrack):
            raise InputError("This model takes no sound, and Audacity's selection is sound.")
        for one in taken:
            try:
                await _process_one(service, spec, one, tracks.of(one.file), controls, folder)
            except HarpistError as error:
                failed += 1
                _say(f"{one.track.name}: {error.message}")
        return 1 if failed else 0
    finally:
        await service.close()


async def _process_one(
    service: JobService,
    spec: EndpointSpec,
    taken: Taken,
    tracks: Sequence[TrackFile | None],
    controls: Mapping[str, ControlValue],
    folder: Path,
) -> None:
    outputs = await process_one(service, spec, tracks, taken.file.name, controls)
    # Not in a thread: who presses Ctrl+C meanwhile gets all of these tracks, or by a second one leaves at once.
    with audacity() as pipe:
        notice = place_results(pipe, taken, outputs, folder)
    for said in (*notices(outputs), notice):
        if said:
            _say(f"{taken.track.name}: {said}")
    print(f"{taken.track.name}: its results are in Audacity, under it.", flush=True)
