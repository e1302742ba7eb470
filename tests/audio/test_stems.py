from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.extras import Extras, read_extras
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
    assert np.abs(read - 0.5 * blocks).max() <= 1.5 * 2.0**-16  # half a step, and half of half a step from before
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


@pytest.mark.parametrize(("container", "subtype", "bits"), [("WAV", "PCM_16", 16), ("FLAC", "PCM_24", 24)])
@pytest.mark.parametrize("loudest", [1.0, 1.7])
def test_levels_are_those_of_the_samples_as_they_came(
    tmp_path: Path, container: str, subtype: str, bits: int, loudest: float
) -> None:
    """What is written was rounded once, or twice before the first sample that was too loud; the chunks are there."""
    extras = {
        "WAV": Extras(b"RIFF", ((b"iXML", b"<odd/>"),)),
        "FLAC": Extras(b"fLaC", ((b"\4", b"\0\0\0\0\0\0\0\0"),)),
    }[container]
    blocks = np.random.default_rng(0).uniform(-0.9, 0.9, (2, 2, 150_000)).astype(np.float32)
    blocks[1, 0, 70_000] = -loudest
    paths = [tmp_path / name for name in "ab"]
    fmt = AudioFormat(44100, 2, 150_000, container, subtype)
    with open_stems(paths, fmt, extras) as stems:
        for at in range(0, 150_000, 70_000):
            stems.write(blocks[:, :, at : at + 70_000])
        gain = stems.finish(lambda: None)
    assert gain == 1 / np.float32(loudest).item()
    full = 2 ** (bits - 1)
    scaled = blocks * np.float32(gain) if loudest > 1 else blocks
    expected = np.clip(np.rint(scaled * full), -full, full - 1).astype(np.int32) << (32 - bits)
    for path, stem in zip(paths, expected):
        read = soundfile.read(path, dtype="int32")[0]
        assert np.array_equal(read[70_000:], stem.T[70_000:])
        steps = (read[:70_000].astype(np.int64) - stem.T[:70_000]) >> (32 - bits)
        assert np.abs(steps).max() == (1 if loudest > 1 else 0)
        assert read_extras(path) == extras


def test_a_cancel_while_scaling_leaves_no_stem(tmp_path: Path) -> None:
    def still() -> None:
        raise KeyError

    with pytest.raises(KeyError), open_stems([tmp_path / "a"], AudioFormat(44100, 1, 3, "WAV", "PCM_16")) as stems:
        stems.write(np.full((1, 1, 3), 2, np.float32))
        stems.finish(still)
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_another_is_not_taken_for_a_full_disk(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="another"),
        open_stems([tmp_path / "a"], AudioFormat(8000, 1, 3, "WAV", "PCM_16")),
    ):
        raise RuntimeError("another")
