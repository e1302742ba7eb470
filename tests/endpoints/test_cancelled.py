"""Cancelled in the middle of a long file, and before its first chunk: within a second nothing computes any more."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import soundfile

from app.endpoint import Endpoint
from app.sources import IN_PYTHON
from app.workers.messages import Load, Run
from app.workers.process import WorkerProcess
from app.workers.sandbox.terms import Sandbox
from endpoints.audio_to_midi.choices import ONE
from endpoints.audio_to_midi.transcription import AudioToMidi
from endpoints.midi_synth.rendering import MidiSynth
from endpoints.stems.one_and_rest import OneAndRest
from endpoints.stems.versions import HTDEMUCS
from tests.endpoints.stems import driving, tiny
from tests.midi.pieces import file, scale

SECONDS = 180


def music(folder: Path) -> Path:
    path = folder / "song.wav"
    sound = 0.1 * np.random.default_rng(1).standard_normal(SECONDS * 44100)
    soundfile.write(path, sound, 44100, "PCM_16")
    return path


def notes(folder: Path) -> Path:
    path = folder / "song.mid"
    path.write_bytes(file(scale(range(36, 84), ticks=96_000)))
    return path


@dataclass(frozen=True)
class Long:
    """An endpoint, and a file that it needs seconds for."""

    name: str
    kind: type[Endpoint]
    write: Callable[[Path], Path] = music
    weights: bool = False
    changes: tuple[tuple[str, Any], ...] = ()

    def load(self, folder: Path) -> Load:
        if self.weights:
            tiny.needs_demucs()
        weights = driving.weights(folder / "weights", HTDEMUCS) if self.weights else {}
        return Load(IN_PYTHON[self.name], {}, "cpu", 1, weights={repo: str(path) for repo, path in weights.items()})

    def run(self, folder: Path, job: str) -> Run:
        (folder / "out").mkdir(exist_ok=True)
        controls = {one.name: one.value for one in self.kind.inputs if hasattr(one, "name")} | dict(self.changes)
        path = self.write(folder)
        return Run(job, [[str(path), path.name]], str(folder / "out"), controls)


LONG = [
    Long("harpist/stems", OneAndRest, weights=True, changes=(("shifts", 2),)),
    Long("harpist/audio-to-midi", AudioToMidi),
    Long("harpist/audio-to-midi", AudioToMidi, changes=(("method", ONE),)),
    Long("harpist/midi-synth", MidiSynth, notes),
]


def spent(pid: int) -> float:
    """The processor time of a process (s), 0 once it is gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return sum(psutil.Process(pid).cpu_times()[:2])
    return 0.0


async def cancel(worker: WorkerProcess, run: Run, after: float) -> None:
    """Cancel a job once so much of it is done, at once where that is nothing: it uses less than a second more."""
    assert worker.pid is not None
    computes = asyncio.Event()

    def told(fraction: float, said: str = "") -> None:
        if fraction >= after:
            computes.set()

    job = asyncio.create_task(worker.run(run, told, 120))
    await (asyncio.wait_for(computes.wait(), 60) if after else asyncio.sleep(0))
    assert not job.done()
    began, then = time.monotonic(), spent(worker.pid)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    # Processor time, since a busy machine gives nobody a second within a second.
    ended = spent(worker.pid)
    assert ended - then < 1.0 and time.monotonic() - began < 5.0
    await asyncio.sleep(0.3)
    assert spent(worker.pid) - ended < 0.05, "it goes on"


@pytest.mark.parametrize("long", LONG, ids=lambda one: one.name)
def test_nothing_computes_any_more(long: Long, tmp_path: Path) -> None:
    async def main() -> None:
        load = long.load(tmp_path)
        sandbox = Sandbox(readable=tuple(load.weights.values()), writable=(str(tmp_path),))
        for job, after in (("at once", 0.0), ("in the middle", 0.03)):
            worker = await WorkerProcess.launch(sandbox)
            try:
                await worker.load(load, 60)
                await cancel(worker, long.run(tmp_path, job), after)
            finally:
                await worker.kill()

    asyncio.run(main())
