"""Headers of programs that write to a pipe, that were killed, or that cannot count."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.header_format import read_header
from app.audio.headers import missing_bytes
from app.audio.io import open_reader, probe
from app.errors import AudioFileError

SAMPLES = np.random.default_rng(0).integers(-(2**23), 2**23, (1001, 2)).astype(np.int32) << 8
LIST = b"LIST" + struct.pack("<I", 14) + b"INFOINAM" + struct.pack("<I", 2) + b"a\0"


def made(container: str, subtype: str = "PCM_24", samples: np.ndarray = SAMPLES) -> bytearray:
    file = io.BytesIO()
    soundfile.write(file, samples, 44100, format=container, subtype=subtype)
    return bytearray(file.getvalue())


def sized(container: str, size: int, whole: int | None = None, subtype: str = "PCM_24") -> bytes:
    """A file whose sound is told to take ``size`` bytes, and whose whole ``whole``."""
    data = made(container, subtype)
    order = ">I" if container == "AIFF" else "<I"
    at = data.index(b"SSND" if container == "AIFF" else b"data")
    data[at + 4 : at + 8] = struct.pack(order, size)
    if whole is not None:
        data[4:8] = struct.pack(order, whole)
    return bytes(data)


def long(form: bytes, size: int) -> bytes:
    """An RF64 or BW64 whose “ds64” says ``size``."""
    data = made("RF64")
    data[:4] = form
    data[28:36] = struct.pack("<Q", size & (2**64 - 1))
    return bytes(data)


def caf(size: int) -> bytes:
    data = made("CAF")
    at = data.index(b"data")
    data[at + 4 : at + 12] = struct.pack(">q", size)
    return bytes(data)


BYTES = SAMPLES.size * 3
READ_TO_THE_END = {
    "wav 0, riff 0": sized("WAV", 0, 0),
    "wav 0, riff 8": sized("WAV", 0, 8),
    "wav 0": sized("WAV", 0),
    "wav greatest": sized("WAV", 0xFFFFFFFF, 0xFFFFFFFF),
    "wav sox": sized("WAV", 0x7FFFF000, 0x7FFFF024),
    "wav sox, whole samples": sized("WAV", 0x7FFFEFFF, 0x7FFFF023),
    "wavex sox": sized("WAVEX", 0x7FFFEFFC, 0x7FFFF000),
    "aiff 0": sized("AIFF", 0, 0),
    "aiff 8": sized("AIFF", 8),
    "aiff sox": sized("AIFF", 0x7F000008, 0x7F00002E),
    "caf -1": caf(-1),
    "rf64 0": long(b"RF64", 0),
    "rf64 -1": long(b"RF64", -1),
    "bw64": long(b"BW64", BYTES),
    "bw64 -1": long(b"BW64", -1),
}


def check(path: Path, samples: np.ndarray) -> str:
    with open_reader(path) as reader:
        block = reader.read()
    assert np.array_equal(np.rint(block * 2.0**23), samples.T >> 8)
    header = read_header(path)
    assert header is not None
    assert (header.samples, header.channels) == block.shape[::-1]
    assert missing_bytes(path) == 0
    return probe(path).notice


@pytest.mark.parametrize("data", READ_TO_THE_END.values(), ids=READ_TO_THE_END.keys())
def test_sound_of_unknown_size_is_read_to_the_end(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(data)
    assert check(tmp_path / "a", SAMPLES) == ""


@pytest.mark.parametrize("container", ["WAV", "WAVEX", "AIFF"])
@pytest.mark.parametrize("more", [1, 16, 36, 44, 63])
def test_a_little_that_lacks_is_said(container: str, more: int, tmp_path: Path) -> None:
    """The header counted as sound, or a byte too many; or as much is missing."""
    offset = 8 if container == "AIFF" else 0
    (tmp_path / "a").write_bytes(sized(container, BYTES + offset + more))
    told = "a byte" if more == 1 else f"{more} bytes"
    said = f"The file’s header promises {told} of sound more than there are; all that is there was read."
    assert check(tmp_path / "a", SAMPLES) == said
    (tmp_path / "b").write_bytes(bytes(made(container))[: -6 * (more // 6)])
    if more > 6:
        assert "that is there was read." in check(tmp_path / "b", SAMPLES[: -(more // 6)])


@pytest.mark.parametrize("size", [64, 1000, 5_000_000, 0x40000000, 0xC0000000])
def test_what_is_truly_cut_is_refused(size: int, tmp_path: Path) -> None:
    for name, data in {"w": sized("WAV", BYTES + size), "a": sized("AIFF", BYTES + 8 + size)}.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(AudioFileError, match=f"cut short: {size} bytes that its header promises are missing"):
            probe(tmp_path / name)
        assert missing_bytes(tmp_path / name) == size


def test_a_file_of_chunks_without_sound_is_empty(tmp_path: Path) -> None:
    empty = bytes(made("WAV", "PCM_24", SAMPLES[:0]))
    (tmp_path / "a").write_bytes(empty)
    (tmp_path / "b").write_bytes(empty + LIST + b"bext" + struct.pack("<I", 2) + b"ab")
    for name in "ab":
        with pytest.raises(AudioFileError, match="holds no sound"):
            probe(tmp_path / name)
        header = read_header(tmp_path / name)
        assert header is not None
        assert header.samples == 0


def test_chunks_behind_a_few_samples_are_no_sound(tmp_path: Path) -> None:
    for count in (1, 2):
        (tmp_path / "a").write_bytes(bytes(made("WAV", "PCM_16", SAMPLES[:count])) + LIST)
        assert probe(tmp_path / "a").samples == count


def test_a_size_that_a_pipe_leaves_is_true_where_the_file_is_as_long(tmp_path: Path) -> None:
    """Nearly 2 GiB of silence, which takes no room on the disk, and a chunk behind it."""
    head = bytes(made("WAV", "PCM_16"))[:44]
    with (tmp_path / "a").open("wb") as file:
        file.write(head[:40] + struct.pack("<I", 0x7FFFF000))
        file.seek(44 + 0x7FFFF000)
        file.write(LIST)
    header = read_header(tmp_path / "a")
    assert header is not None
    assert header.samples == 0x7FFFF000 // 4
    assert missing_bytes(tmp_path / "a") == 0


@pytest.mark.parametrize("name", [b"sowt", b"42ni", b"42n1"])
def test_24_bit_samples_in_the_other_order(name: bytes, tmp_path: Path) -> None:
    """libsndfile reads the first of these names, and writes the last, which nobody else knows."""
    file = io.BytesIO()
    soundfile.write(file, SAMPLES, 44100, format="AIFF", subtype="PCM_24", endian="LITTLE")
    (tmp_path / "a").write_bytes(file.getvalue().replace(b"42n1", name))
    assert check(tmp_path / "a", SAMPLES) == ""
    assert (probe(tmp_path / "a").subtype, probe(tmp_path / "a").endian) == ("PCM_24", "LITTLE")


@pytest.mark.parametrize("channels", [12, 32])
@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64", "AIFF", "CAF"])
def test_many_channels(container: str, channels: int, tmp_path: Path) -> None:
    samples = np.tile(SAMPLES, channels // 2)
    (tmp_path / "a").write_bytes(made(container, samples=samples))
    assert check(tmp_path / "a", samples) == ""
