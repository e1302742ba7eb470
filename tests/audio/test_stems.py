from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.io import AudioFormat
from app.audio.stems import open_stems


def write(paths: list[Path], fmt: AudioFormat, blocks: np.ndarray) -> float:
    with open_stems(paths, fmt) as stems:
        for at in range(0, blocks.shape[2], 1000):
            stems.write(blocks[:, :, at : at + 1000])
        return stems.finish(lambda: None)


@pytest.mark.parametrize(("container", "subtype"), [("WAV", "PCM_16"), ("FLAC", "PCM_24"), ("AIFF", "PCM_32")])
def test_too_loud_stems_are_scaled_by_one_factor(tmp_path: Path, container: str, subtype: str) -> None:
    blocks = np.random.default_rng(0).uniform(-0.5, 0.5, (3, 2, 100_000)).astype(np.float32)
    blocks[1, 0, 99_000] = -2.0
    paths = [tmp_path / name for name in "abc"]
    assert write(paths, AudioFormat(44100, 2, 100_000, container, subtype), blocks) == 0.5
    read = np.stack([soundfile.read(path, dtype="float64")[0].T for path in paths])
    assert np.abs(read - 0.5 * blocks).max() <= 2.0**-16
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]


def test_full_scale_itself_is_not_too_loud(tmp_path: Path) -> None:
    blocks = np.array([[[1.0, -1.0, 0.25]]], np.float32)
    assert write([tmp_path / "a"], AudioFormat(44100, 1, 3, "WAV", "PCM_16"), blocks) == 1.0
    assert soundfile.read(tmp_path / "a", dtype="int16")[0].tolist() == [32767, -32768, 8192]


def test_float_formats_are_never_scaled(tmp_path: Path) -> None:
    blocks = np.array([[[4.0, -3.0, 0.25]]], np.float32)
    assert write([tmp_path / "a"], AudioFormat(44100, 1, 3, "WAV", "FLOAT"), blocks) == 1.0
    assert soundfile.read(tmp_path / "a")[0].tolist() == [4.0, -3.0, 0.25]


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_an_error_leaves_no_stem(tmp_path: Path, subtype: str) -> None:
    paths = [tmp_path / name for name in "ab"]
    with pytest.raises(KeyError), open_stems(paths, AudioFormat(44100, 1, 3, "WAV", subtype)) as stems:
        stems.write(np.zeros((2, 1, 3), np.float32))
        raise KeyError
    assert list(tmp_path.iterdir()) == []
