import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.headers import missing_bytes


@pytest.mark.parametrize(
    ("container", "endian"),
    [("WAV", "FILE"), ("WAV", "BIG"), ("WAVEX", "FILE"), ("RF64", "FILE"), ("AIFF", "FILE"), ("AIFF", "LITTLE")],
)
def test_missing_bytes_are_counted(tmp_path: Path, container: str, endian: str) -> None:
    path = tmp_path / "a"
    soundfile.write(path, np.ones((999, 3)), 44100, format=container, subtype="PCM_24", endian=endian)
    assert missing_bytes(path) == 0
    data = path.read_bytes()
    path.write_bytes(data[:-500])
    assert missing_bytes(path) in (500, 499)  # the last may be a padding byte


def test_sizes_of_streamed_files_promise_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.ones((999, 1)), 44100, subtype="PCM_16")
    data = bytearray(path.read_bytes())
    at = data.index(b"data")
    for size in (0xFFFFFFFF, 0x7FFFFFFF):
        data[at + 4 : at + 8] = struct.pack("<I", size)
        path.write_bytes(data)
        assert missing_bytes(path) == 0
    for size in (0x40000000, 0xC0000000):
        data[at + 4 : at + 8] = struct.pack("<I", size)
        path.write_bytes(data)
        assert missing_bytes(path) == size - 999 * 2


@pytest.mark.parametrize(
    "data", [b"", b"RIFF", b"no sound at all, just text", b"RIFF\0\0\0\0WAVEfmt ", b"RF64" + b"\0" * 5000]
)
def test_what_has_no_chunks_promises_nothing(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    assert missing_bytes(path) == 0


@pytest.mark.parametrize("container", ["AU", "W64", "CAF"])
def test_missing_bytes_of_other_containers(tmp_path: Path, container: str) -> None:
    path = tmp_path / "a"
    soundfile.write(path, np.ones((999, 2)), 44100, format=container, subtype="PCM_24")
    assert missing_bytes(path) == 0
    data = path.read_bytes()
    path.write_bytes(data[:-500])
    assert 490 <= missing_bytes(path) <= 500  # W64 ends with padding
    for size in range(0, 100):
        path.write_bytes(data[:size])
        missing_bytes(path)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_a_page_of_ogg_that_is_cut_short(tmp_path: Path, subtype: str) -> None:
    path = tmp_path / "a"
    noise = np.random.default_rng(0).normal(0, 0.1, (48000, 2))
    soundfile.write(path, noise, 48000, format="OGG", subtype=subtype)
    assert missing_bytes(path) == 0
    data = path.read_bytes()
    path.write_bytes(data[:-50])
    assert missing_bytes(path) == 50
    path.write_bytes(data[: data.rindex(b"OggS")])
    assert missing_bytes(path) == 0
