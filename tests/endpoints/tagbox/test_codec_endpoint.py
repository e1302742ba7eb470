"""Steering by a codec, in one process: a mask or a new sound, by either codec, over several windows."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from app.endpoint import FileOutput, Outputs, Region, TrackFile
from app.errors import JobCancelledError
from app.harp.controls import CONTROLS
from endpoints.tagbox import windows
from endpoints.tagbox.codec_endpoint import SteeredCodec
from endpoints.tagbox.codecs import CODECS, DAC, ENCODEC
from tests.endpoints.tagbox import tiny_codecs
from tests.endpoints.tagbox.test_endpoint import Job
from tests.endpoints.tagbox.toys import ToneTagger, tones

tiny_codecs.needs_transformers()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SteeredCodec:
    folder = tmp_path_factory.mktemp("weights")
    endpoint = SteeredCodec()
    at = {codec.weights.repo: folder / codec.family for codec in CODECS}
    for codec in CODECS:
        tiny_codecs.save(codec, at[codec.weights.repo], 1)
    vars(endpoint)["weights"] = at
    endpoint.setup("cpu")
    endpoint._taggers = {"musicnn": ToneTagger(), "FCN": ToneTagger()}
    return endpoint


def run(made: SteeredCodec, folder: Path, job: Job | None = None, seconds: float = 0.7, **values: Any) -> Outputs:
    low, high = tones(seconds, 44100)
    soundfile.write(folder / "mix.wav", np.stack([(low + high).numpy(), low.numpy()], 1), 44100, "PCM_16")
    out = folder / f"out-{time.monotonic_ns()}"
    out.mkdir()
    asked = {item.name: item.value for item in made.inputs if isinstance(item, CONTROLS)} | {"steps": 5} | values
    return made.process(Region((TrackFile(folder / "mix.wav", "mix.wav"),), out), asked, job or Job())


def sounds(outputs: Outputs, folder: Path) -> list[Any]:
    """Return both tracks, once they were seen to sum to the mixture."""
    tracks = [output for output in outputs if isinstance(output, FileOutput)][:2]
    read = [soundfile.read(track.path, dtype="int16")[0] for track in tracks]
    assert np.array_equal(read[0].astype(int) + read[1], soundfile.read(folder / "mix.wav", dtype="int16")[0])
    return read


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.family)
def test_a_mask_for_the_music_or_the_codecs_own_sound(made: SteeredCodec, tmp_path: Path, codec: Any) -> None:
    masked = sounds(run(made, tmp_path, tags="low", engine=codec.name), tmp_path)
    style = sounds(run(made, tmp_path, tags="low", engine=codec.name, style=True), tmp_path)
    assert not np.array_equal(masked[0], style[0])
    assert np.array_equal(style[0][:, 0], style[0][:, 1]) and not np.array_equal(masked[0][:, 0], masked[0][:, 1])
    again = sounds(run(made, tmp_path, tags="low", engine=codec.name), tmp_path)
    assert np.array_equal(masked[0], again[0])


def test_one_codec_is_held_at_a_time(made: SteeredCodec, tmp_path: Path) -> None:
    for codec in (DAC, ENCODEC, DAC):
        run(made, tmp_path, tags="low", engine=codec.name)
        assert made._held is not None and made._held[0] == codec.name


def test_windows_are_joined_and_progress_only_grows(
    made: SteeredCodec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "SECONDS", 0.8)
    monkeypatch.setattr(windows, "SHARED", 0.2)
    job = Job()
    sounds(run(made, tmp_path, job, seconds=2.0, tags="low"), tmp_path)
    assert job.fractions[-1] == 1.0 and any("Window 2 of 3: step 5 of 5" in said for said in job.words)


def test_a_job_ends_in_the_middle_of_a_step(made: SteeredCodec, tmp_path: Path) -> None:
    """The third word of one step is said between two parts of the codec."""

    class Ending(Job):
        def report(self, fraction: float, said: str = "") -> None:
            super().report(fraction, said)
            if self.words.count(said) == 3 and "step" in said:
                raise JobCancelledError("The job was cancelled.")

    with pytest.raises(JobCancelledError):
        run(made, tmp_path, Ending(), tags="low")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["mix.wav"]
