"""Headers are read as libsndfile reads them, and nothing that is no header breaks the reader."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.header_format import UNKNOWN, read_header

WRITTEN = [
    *(("WAV", subtype, "FILE") for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW")),
    ("WAV", "PCM_16", "BIG"),
    *((kind, subtype, "FILE") for kind in ("WAVEX", "RF64", "W64", "AU", "CAF") for subtype in ("PCM_24", "FLOAT")),
    *(("AIFF", subtype, "FILE") for subtype in ("PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW")),
    ("AIFF", "PCM_16", "LITTLE"),
    ("AU", "DOUBLE", "LITTLE"),
    ("CAF", "PCM_16", "LITTLE"),
    *(("FLAC", subtype, "FILE") for subtype in ("PCM_S8", "PCM_16", "PCM_24")),
]


@pytest.mark.parametrize(("container", "subtype", "endian"), WRITTEN)
@pytest.mark.parametrize(("rate", "channels"), [(44100, 1), (96000, 3), (11025, 2)])
def test_headers_say_what_libsndfile_reads(
    container: str, subtype: str, endian: str, rate: int, channels: int, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (997, channels))
    soundfile.write(path, noise, rate, format=container, subtype=subtype, endian=endian)
    found = read_header(path)
    assert found is not None
    info = soundfile.info(path)
    assert (found.sample_rate, found.channels, found.samples) == (rate, channels, info.frames)
    assert (found.container, found.subtype) == (info.format, info.subtype)


def test_what_has_no_plain_length_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(5000), 44100, subtype="IMA_ADPCM")
    found = read_header(path)
    assert found is not None
    assert (found.sample_rate, found.channels, found.samples, found.subtype) == (44100, 1, UNKNOWN, "OTHER")
    soundfile.write(path, np.zeros(5000), 44100, subtype="PCM_16")
    data = bytearray(path.read_bytes())
    at = data.index(b"data")
    data[at + 4 : at + 8] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    found = read_header(path)
    assert found is not None and found.samples == 5000, "it goes on to the end"


@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64", "W64", "AIFF", "FLAC", "AU", "CAF"])
def test_no_header_breaks_the_reader(container: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    soundfile.write(path, np.ones((99, 2)) / 2, 44100, format=container, subtype="PCM_16")
    data = path.read_bytes()
    rng = np.random.default_rng(0)
    for size in range(0, 100):
        path.write_bytes(data[:size])
        read_header(path)
    for _ in range(300):
        broken = bytearray(data)
        for at in rng.integers(4, 100, 3):
            broken[at] = rng.integers(0, 256)
        path.write_bytes(broken)
        found = read_header(path)
        assert found is None or (found.sample_rate > 0 and found.channels > 0 and found.samples >= UNKNOWN)


@pytest.mark.parametrize("name", ["OGG", "MP3"])
def test_other_containers_are_left_alone(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    soundfile.write(path, np.zeros((4800, 1)), 48000, format=name)
    assert read_header(path) is None
