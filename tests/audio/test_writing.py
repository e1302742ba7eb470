import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.extras import Extras
from app.audio.io import AudioFormat, open_writer, probe
from app.errors import WorkerError


def decode(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="float32", always_2d=True)[0].T


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32"])
def test_what_is_too_loud_stays_at_full_scale(tmp_path: Path, subtype: str) -> None:
    fmt = AudioFormat(44100, 1, 6, "WAV", subtype)
    with open_writer(tmp_path / "a.wav", fmt) as writer:
        writer.write(np.array([[1.0, -1.0, 1.5, -1.5, 1e12, 0.5]], np.float32))
    assert decode(tmp_path / "a.wav")[0] == pytest.approx([1, -1, 1, -1, 1, 0.5], abs=0.01)


def test_float_formats_keep_what_is_over_full_scale(tmp_path: Path) -> None:
    loud = np.array([[2.5, -3.25, 1e-30]], np.float32)
    with open_writer(tmp_path / "a.wav", AudioFormat(44100, 1, 3, "WAV", "FLOAT")) as writer:
        writer.write(loud)
    assert np.array_equal(decode(tmp_path / "a.wav"), loud)


def test_a_file_appears_when_complete_or_not_at_all(tmp_path: Path) -> None:
    fmt = AudioFormat(44100, 1, 10, "FLAC", "PCM_16")
    with open_writer(tmp_path / "a.flac", fmt) as writer:
        writer.write(np.zeros((1, 10), np.float32))
        assert not (tmp_path / "a.flac").exists()
    assert [item.name for item in tmp_path.iterdir()] == ["a.flac"]
    with pytest.raises(KeyError), open_writer(tmp_path / "b.flac", fmt) as writer:
        writer.write(np.zeros((1, 10), np.float32))
        raise KeyError
    assert [item.name for item in tmp_path.iterdir()] == ["a.flac"]


def test_names_of_the_greatest_length_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("ä" * 125 + ".wav")
    with open_writer(path, AudioFormat(44100, 1, 1, "WAV", "PCM_16")) as writer:
        writer.write(np.zeros((1, 1), np.float32))
    assert probe(path).samples == 1


def test_an_unwritable_place_is_the_servers_fault(tmp_path: Path) -> None:
    with (
        pytest.raises(WorkerError, match="full or not writable"),
        open_writer(tmp_path / "none" / "a.wav", AudioFormat(44100, 1, 1, "WAV", "PCM_16")),
    ):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on a file's size")
@pytest.mark.parametrize("container", ["WAV", "FLAC"])
@pytest.mark.parametrize("kept", [(), ((b"\2", b"riff"),)])
def test_a_full_disk_is_the_servers_fault(
    tmp_path: Path, container: str, kept: tuple[tuple[bytes, bytes], ...]
) -> None:
    import resource

    fmt = AudioFormat(44100, 1, 10**6, container, "PCM_16")
    extras = Extras(b"RIFF" if container == "WAV" else b"fLaC", kept)
    noise = np.random.default_rng(0).uniform(-0.9, 0.9, (1, 10**6)).astype(np.float32)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        with (
            pytest.raises(WorkerError, match="full or not writable"),
            open_writer(tmp_path / "a", fmt, extras) as writer,
        ):
            for _ in range(5):
                writer.write(noise)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kept", [(), ((b"iXML", b"<odd/>"),)])
def test_after_a_restart_only_what_follows_is_there(tmp_path: Path, kept: tuple[tuple[bytes, bytes], ...]) -> None:
    fmt = AudioFormat(44100, 1, 10, "WAV", "PCM_16")
    with open_writer(tmp_path / "a", fmt, Extras(b"RIFF", kept)) as writer:
        writer.write(np.ones((1, 100_000), np.float32))
        writer.restart()
        writer.write(np.full((1, 10), 0.5, np.float32))
    assert np.array_equal(decode(tmp_path / "a"), np.full((1, 10), 0.5))
    assert (tmp_path / "a").stat().st_size == 44 + 20 + sum(8 + len(content) for _, content in kept)
