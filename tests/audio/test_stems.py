from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.extras import Extras, read_extras
from app.audio.io import AudioFormat, probe
from app.audio.stems import Written, open_stems


def write(paths: list[Path], fmt: AudioFormat, blocks: np.ndarray, too_loud: str = "float") -> Written:
    with open_stems(paths, fmt, None, too_loud) as stems:
        for at in range(0, blocks.shape[2], 1000):
            stems.write(blocks[:, :, at : at + 1000])
        return stems.finish(lambda: None)


@pytest.mark.parametrize(("container", "subtype"), [("WAV", "PCM_16"), ("FLAC", "PCM_24"), ("AIFF", "PCM_32")])
def test_too_loud_stems_are_scaled_by_one_factor(tmp_path: Path, container: str, subtype: str) -> None:
    blocks = np.random.default_rng(0).uniform(-0.5, 0.5, (3, 2, 100_000)).astype(np.float32)
    blocks[1, 0, 99_000] = -2.0
    paths = [tmp_path / name for name in "abc"]
    fmt = AudioFormat(44100, 2, 100_000, container, subtype)
    assert write(paths, fmt, blocks, "scale") == Written(tuple(paths), fmt, 2.0, "scale")
    read = np.stack([soundfile.read(path, dtype="float64")[0].T for path in paths])
    assert np.abs(read - 0.5 * blocks).max() <= 2.0**-16  # half a step
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]


KEEPING = [
    ("WAV", "PCM_16", "WAV", ".wav"),
    ("WAV", "PCM_U8", "WAV", ".wav"),
    ("WAV", "PCM_32", "WAV", ".wav"),
    ("WAVEX", "PCM_24", "WAVEX", ".wav"),
    ("RF64", "PCM_16", "RF64", ".wav"),
    ("AIFF", "PCM_16", "AIFF", ".aif"),
    ("W64", "PCM_24", "W64", ".w64"),
    ("CAF", "PCM_24", "CAF", ".caf"),
    ("AU", "PCM_16", "AU", ".au"),
    ("FLAC", "PCM_24", "WAV", ".flac"),
]


@pytest.mark.parametrize(("container", "subtype", "becomes", "ending"), KEEPING)
def test_too_loud_stems_keep_their_level_as_floats_and_sum_to_the_mix(
    tmp_path: Path, container: str, subtype: str, becomes: str, ending: str
) -> None:
    """What was written before the first sample that is too loud was not rounded to integers either."""
    rng = np.random.default_rng(0)
    mix = np.rint(rng.uniform(-1, 1, (2, 50_000)) * 2**15) / 2**15
    first = rng.uniform(-0.4, 0.4, mix.shape).astype(np.float32)
    first[1, 49_000] = -2.0
    blocks = np.stack([first, mix.astype(np.float32) - first])
    paths = [tmp_path / f"{name}{ending}" for name in "ab"]
    written = write(paths, AudioFormat(44100, 2, 50_000, container, subtype), blocks)
    expected = AudioFormat(44100, 2, 50_000, becomes, "FLOAT")
    assert (written.format, written.changed, written.gain) == (expected, "float", 1.0)
    assert list(written.paths) == sorted(tmp_path.iterdir())
    assert {path.suffix for path in written.paths} == {".wav" if container == "FLAC" else ending}
    assert [probe(path) for path in written.paths] == [expected] * 2
    stems = [soundfile.read(path, dtype="float32")[0].T for path in written.paths]
    assert np.array_equal(np.stack(stems), blocks)
    assert np.abs(stems[0].astype(np.float64) + stems[1] - mix).max() <= 2.0**-23


@pytest.mark.parametrize("endian", ["LITTLE", "BIG"])
def test_floats_for_the_other_byte_order(tmp_path: Path, endian: str) -> None:
    """libsndfile writes no AIFF of floats with their bytes swapped, and a RIFX as it came."""
    blocks = np.array([[[0.5, 1.5]]], np.float32)
    for container in ("AIFF", "WAV"):
        (path,) = write([tmp_path / container], AudioFormat(44100, 1, 2, container, "PCM_16", endian), blocks).paths
        assert soundfile.read(path)[0].tolist() == [0.5, 1.5]


def test_what_is_too_loud_can_be_cut_off(tmp_path: Path) -> None:
    blocks = np.array([[[0.25, -3.0, 1.5]]], np.float32)
    written = write([tmp_path / "a"], AudioFormat(44100, 1, 3, "WAV", "PCM_16"), blocks, "clip")
    assert (written.changed, written.gain) == ("clip", 1.0)
    assert soundfile.read(tmp_path / "a", dtype="int16")[0].tolist() == [8192, -32768, 32767]


def test_floats_take_the_chunks_along(tmp_path: Path) -> None:
    extras = Extras(b"RIFF", ((b"iXML", b"<odd/>"),))
    with open_stems([tmp_path / "a"], AudioFormat(44100, 1, 3, "WAV", "PCM_16"), extras) as stems:
        stems.write(np.array([[[0.25, -3.0, 1.5]]], np.float32))
        stems.finish(lambda: None)
    assert read_extras(tmp_path / "a") == extras


def test_full_scale_itself_is_not_too_loud(tmp_path: Path) -> None:
    blocks = np.array([[[1.0, -1.0, 0.25]]], np.float32)
    assert write([tmp_path / "a"], AudioFormat(44100, 1, 3, "WAV", "PCM_16"), blocks).changed == ""
    assert soundfile.read(tmp_path / "a", dtype="int16")[0].tolist() == [32767, -32768, 8192]


def test_float_formats_are_never_scaled(tmp_path: Path) -> None:
    blocks = np.array([[[4.0, -3.0, 0.25]]], np.float32)
    assert write([tmp_path / "a"], AudioFormat(44100, 1, 3, "WAV", "FLOAT"), blocks).changed == ""
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
    """What is written was rounded once; the chunks are there."""
    extras = {
        "WAV": Extras(b"RIFF", ((b"iXML", b"<odd/>"),)),
        "FLAC": Extras(b"fLaC", ((b"\4", b"\0\0\0\0\0\0\0\0"),)),
    }[container]
    blocks = np.random.default_rng(0).uniform(-0.9, 0.9, (2, 2, 150_000)).astype(np.float32)
    blocks[1, 0, 70_000] = -loudest
    paths = [tmp_path / name for name in "ab"]
    fmt = AudioFormat(44100, 2, 150_000, container, subtype)
    with open_stems(paths, fmt, extras, "scale") as stems:
        for at in range(0, 150_000, 70_000):
            stems.write(blocks[:, :, at : at + 70_000])
        gain = stems.finish(lambda: None).gain
    assert gain == 1 / np.float32(loudest).item()
    full = 2 ** (bits - 1)
    scaled = blocks * np.float32(gain) if loudest > 1 else blocks
    expected = np.clip(np.rint(scaled * full), -full, full - 1).astype(np.int32) << (32 - bits)
    for path, stem in zip(paths, expected):
        read = soundfile.read(path, dtype="int32")[0]
        assert np.array_equal(read, stem.T)
        assert read_extras(path) == extras


def test_a_cancel_while_scaling_leaves_no_stem(tmp_path: Path) -> None:
    def still() -> None:
        raise KeyError

    with (
        pytest.raises(KeyError),
        open_stems([tmp_path / "a"], AudioFormat(44100, 1, 3, "WAV", "PCM_16"), None, "scale") as stems,
    ):
        stems.write(np.full((1, 1, 3), 2, np.float32))
        stems.finish(still)
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_another_is_not_taken_for_a_full_disk(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="another"),
        open_stems([tmp_path / "a"], AudioFormat(8000, 1, 3, "WAV", "PCM_16")),
    ):
        raise RuntimeError("another")
