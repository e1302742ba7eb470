"""An endpoint in Python whose weights have come is tried as its callers will use it, and its speed is measured."""

from __future__ import annotations

import array
import asyncio
import contextlib
import random
import sys
import tempfile
import time
import wave
from pathlib import Path

from app.endpoint import EndpointSpec, FileOutput, TrackFile
from app.errors import DeadlineError
from app.harp.controls import AudioTrack, MidiTrack
from app.jobs.service import JobService

_RATE = 44100
_SHORT, _LONG = 1.0, 8.0
"""Seconds of sound: first a little, with which the endpoint is loaded and whatever is late in it wakes up."""
_A_NOTE = bytes.fromhex("4d546864000000060000000100604d54726b0000000c00903c4060803c4000ff2f00")
"""A MIDI file of format 0: middle C for a quarter note, 96 ticks."""


async def try_endpoint(service: JobService, spec: EndpointSpec, seconds: float) -> float:
    """Run an endpoint twice on what its tracks take, with its controls as they stand at first.

    Args:
        service: a started service.
        spec: the endpoint, with where its weights lie.
        seconds: how long each of the two may take.

    Returns:
        Seconds of sound that it processes in a second; 0 where it takes no sound, or a file that is not made up.

    Raises:
        HarpistError: why it is not to be offered.
    """
    with tempfile.TemporaryDirectory(prefix="harpist-trial-") as name:
        folder = Path(name)
        try:
            tracks = await asyncio.to_thread(_tracks, spec, folder, _SHORT)
            if tracks is None:
                return 0.0
            await _run(service, spec, tracks, seconds)
            if not isinstance(spec.tracks[0], AudioTrack):
                return 0.0
            longer, length = await asyncio.to_thread(_longer, spec, folder, tracks)
            began = time.monotonic()
            await _run(service, spec, longer, seconds)
            return length / max(time.monotonic() - began, 1e-3)
        finally:
            # Its memory is for those that somebody runs.
            await service.forget(spec.id)


async def _run(service: JobService, spec: EndpointSpec, tracks: list[TrackFile | None], seconds: float) -> None:
    controls = {control.name: control.value for control in spec.controls}
    running = service.run_internal(spec, tracks, timeout=seconds, controls=controls)
    try:
        outputs = await asyncio.wait_for(running, 2 * seconds)
    except asyncio.TimeoutError:
        raise DeadlineError(
            f"The endpoint was given up: loading and trying it took longer than {2 * seconds:g} s "
            "(twice the setting load_timeout)."
        ) from None
    for item in outputs:
        if isinstance(item, FileOutput):
            with contextlib.suppress(OSError):
                item.path.unlink()


def _longer(spec: EndpointSpec, folder: Path, tracks: list[TrackFile | None]) -> tuple[list[TrackFile | None], float]:
    """Return tracks whose first one is longer, its own example where it says so; and how long that one is (s)."""
    if spec.tried_on_example and spec.example is not None:
        with contextlib.suppress(OSError, EOFError, wave.Error), wave.open(str(spec.example), "rb") as file:
            return [TrackFile(spec.example, spec.example.name), *tracks[1:]], file.getnframes() / file.getframerate()
    return _tracks(spec, folder, _LONG) or tracks, _LONG


def _tracks(spec: EndpointSpec, folder: Path, seconds: float) -> list[TrackFile | None] | None:
    """Make a file for each track that must be sent; ``None`` where nobody can say what is in one."""
    tracks: list[TrackFile | None] = []
    for number, track in enumerate(spec.tracks):
        path = folder / f"{number}-{seconds:g}{'.wav' if isinstance(track, AudioTrack) else '.mid'}"
        if not track.required and number > 0:
            tracks.append(None)
            continue
        if isinstance(track, AudioTrack):
            _write_noise(path, seconds)
        elif isinstance(track, MidiTrack):
            path.write_bytes(_A_NOTE)
        else:
            return None
        tracks.append(TrackFile(path, path.name))
    return tracks


def _write_noise(path: Path, seconds: float) -> None:
    """Write noise in stereo at a quarter of full scale, 16 bits, always the same."""
    raw = array.array("h", random.Random(8).randbytes(4 * round(seconds * _RATE)))  # noqa: S311
    samples = array.array("h", (value // 4 for value in raw))
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(samples.tobytes())
