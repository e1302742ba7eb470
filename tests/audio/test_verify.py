"""Results are read to their end, and what is wrong with one is told by its label."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.verify import Verify
from app.endpoint import Region, TrackFile
from app.errors import ModelRunError


class Job:
    def __init__(self) -> None:
        self.told: list[float] = []

    def report(self, fraction: float) -> None:
        self.told.append(fraction)


def verify(*paths: Path) -> list[float]:
    tracks = tuple(TrackFile(path, f"Stem {number}") for number, path in enumerate(paths, start=1))
    job = Job()
    assert Verify().process(Region((*tracks, None), Path()), {}, job) == ()
    return job.told


def write(path: Path, samples: np.ndarray, subtype: str) -> Path:
    soundfile.write(path, samples, 44100, subtype=subtype)
    return path


def test_sound_passes(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).uniform(-2, 2, (100_000, 2))
    told = verify(
        write(tmp_path / "a.wav", noise, "FLOAT"),
        write(tmp_path / "b.wav", noise, "DOUBLE"),
        write(tmp_path / "c.flac", noise, "PCM_24"),
        write(tmp_path / "d.ogg", noise / 2, "VORBIS"),
    )
    assert told == sorted(told) and len(told) >= 8, "it can be stopped within each"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_what_is_no_number_is_told(bad: float, subtype: str, tmp_path: Path) -> None:
    samples = np.zeros((100_000, 2))
    samples[99_999, 1] = bad
    fine = write(tmp_path / "a.wav", np.zeros(1), subtype)
    with pytest.raises(ModelRunError, match="result “Stem 2” holds samples that are not finite"):
        verify(fine, write(tmp_path / "b.wav", samples, subtype))


@pytest.mark.parametrize("data", [b"", b"RIFF", b"<html>"])
def test_what_is_no_sound_is_told(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    with pytest.raises(ModelRunError, match="result “Stem 1” is not sound that can be read"):
        verify(path)
