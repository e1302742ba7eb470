"""Outlines and playable copies of sounds, drawn up in a worker: the server never decodes a file."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.endpoint import EndpointSpec, FileOutput, Outputs, TrackFile
from app.errors import WorkerError
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, FileTrack, MidiTrack
from app.ui.roll_view import RollNotes, read_roll
from app.ui.waveform_view import Peaks, read_peaks

PREVIEW = EndpointSpec(
    id="harpist/preview",
    card=ModelCard("Preview", "Harpist", "Draws waveforms for the browser."),
    inputs=(AudioTrack("Sound", "What to draw."),),
    outputs=(FileTrack("peaks", "The outline."),),
    factory="app.audio.preview:Preview",
    trusted=True,
)

ROLL = EndpointSpec(
    id="harpist/roll",
    card=ModelCard("Roll", "Harpist", "Draws notes for the browser."),
    inputs=(MidiTrack("Notes", "What to draw."),),
    outputs=(FileTrack("roll", "The notes."),),
    factory="app.midi.roll:Roll",
    trusted=True,
)

_KEPT = 64


class InternalRunner(Protocol):
    """What previews need of the job service."""

    async def run_internal(self, spec: EndpointSpec, tracks: Sequence[TrackFile | None]) -> Outputs:
        """Run one of the server's own endpoints."""


@dataclass(frozen=True)
class Preview:
    """A sound as a browser can show it: its outline, and a file that it can play."""

    peaks: Peaks
    playable: Path


class Previews:
    """Makes previews, and remembers the latest."""

    def __init__(self, service: InternalRunner) -> None:
        self._service = service
        self._kept: OrderedDict[tuple[str, int, int], Preview] = OrderedDict()
        self._rolls: OrderedDict[tuple[str, int, int], RollNotes] = OrderedDict()

    async def of(self, files: Sequence[TrackFile]) -> list[Preview]:
        """Return the preview of each file, in order.

        Raises:
            HarpistError: a file is not readable sound, or the worker failed.
        """
        keys = [_key(file.path) for file in files]
        known = [self._known(key) for key in keys]
        missing = [file for file, preview in zip(files, known) if preview is None]
        fresh = iter(await self._make(missing) if missing else [])
        previews = [preview or next(fresh) for preview in known]
        for key, preview in zip(keys, previews):
            self._kept[key] = preview
            self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return previews

    async def roll(self, file: TrackFile) -> RollNotes:
        """Return what is drawn of a MIDI file.

        Raises:
            HarpistError: the file is broken, or the worker failed.
        """
        key = _key(file.path)
        if key not in self._rolls:
            outputs = await self._service.run_internal(ROLL, [file])
            self._rolls[key] = await asyncio.to_thread(_notes, outputs)
        self._rolls.move_to_end(key)
        while len(self._rolls) > _KEPT:
            self._rolls.popitem(last=False)
        return self._rolls[key]

    def _known(self, key: tuple[str, int, int]) -> Preview | None:
        preview = self._kept.get(key)
        return preview if preview is not None and preview.playable.exists() else None

    async def _make(self, files: Sequence[TrackFile]) -> list[Preview]:
        outputs = await self._service.run_internal(PREVIEW, files)
        return await asyncio.to_thread(_collect, files, outputs)


def _key(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError:
        raise WorkerError("The file is not there any more; send it again.") from None
    return str(path), status.st_mtime_ns, status.st_size


def _notes(outputs: Outputs) -> RollNotes:
    try:
        (output,) = outputs
        if isinstance(output, FileOutput):
            return read_roll(output.path)
    except (ValueError, OSError):
        pass
    raise WorkerError("The notes could not be drawn; the file itself is fine.")


def _collect(files: Sequence[TrackFile], outputs: Outputs) -> list[Preview]:
    previews: list[Preview] = []
    try:
        for output in outputs:
            if not isinstance(output, FileOutput):
                raise ValueError("a preview has only files")
            if output.label == "peaks":
                previews.append(Preview(read_peaks(output.path), files[len(previews)].path))
            else:
                previews[-1] = Preview(previews[-1].peaks, output.path)
        if len(previews) != len(files):
            raise ValueError("a preview for every file is expected")
    except (ValueError, IndexError, OSError):
        raise WorkerError("The waveform could not be drawn; the files themselves are fine.") from None
    return previews
