import contextlib
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.io import open_reader, probe
from app.audio.mpeg import missing_beginning
from app.errors import AudioFileError


def encode(path: Path, mode: str, rate: int = 44100, channels: int = 2) -> Path:
    """Write 8 s of noise whose middle is silent, so that a variable bit rate varies."""
    x = np.random.default_rng(0).normal(0, 0.05, (rate * 8, channels))
    x[rate * 2 : rate * 6] = 0
    with soundfile.SoundFile(path, "w", rate, channels, format="MP3", bitrate_mode=mode, compression_level=0.5) as file:
        file.write(x)
    return path


def decode(path: Path) -> np.ndarray:
    with open_reader(path) as reader:
        parts = []
        while (part := reader.read(5000)).shape[1]:
            parts.append(part)
    return np.concatenate(parts, axis=1)


def without_header(data: bytes) -> bytes:
    """Cut off the first frame, which says how many follow."""
    at = data.index(data[:2], 4)
    while data[at + 1] != data[1] or (data[at + 2] ^ data[2]) & 0x0C:
        at = data.index(b"\xff", at + 1)
    return data[at:]


@pytest.mark.parametrize("mode", ["VARIABLE", "AVERAGE", "CONSTANT"])
@pytest.mark.parametrize(("rate", "channels"), [(44100, 2), (48000, 1), (22050, 2), (8000, 1)])
def test_without_a_header_all_is_read(tmp_path: Path, mode: str, rate: int, channels: int) -> None:
    path = encode(tmp_path / "a", mode, rate, channels)
    whole = decode(path)
    assert missing_beginning(path) is None
    assert whole.shape == (channels, rate * 8)
    path.write_bytes(without_header(path.read_bytes()))
    sound = decode(path)
    assert sound.shape[1] == probe(path).samples
    assert 0 < sound.shape[1] - rate * 8 < 4 * 1152  # the encoder's own padding, which the header would cut off
    shift = next(at for at in range(4 * 1152) if np.abs(sound[:, at : at + 2000] - whole[:, :2000]).max() < 1e-4)
    assert np.abs(sound[:, shift : shift + whole.shape[1]] - whole)[:, 1152:].max() < 1e-4


def test_what_a_tag_hides_and_what_lies_between_frames(tmp_path: Path) -> None:
    path = encode(tmp_path / "a", "VARIABLE")
    frames = without_header(path.read_bytes())
    path.write_bytes(frames)
    plain = decode(path)
    tag = b"ID3\4\0\0\0\0\2\0" + b"\xff\xfb" * 128
    path.write_bytes(tag + frames + b"TAG" + bytes(125))
    assert np.array_equal(decode(path), plain)
    path.write_bytes(frames + bytes(1000) + frames)
    assert probe(path).samples == 2 * plain.shape[1] + 529  # what the decoder leaves out at the very start
    assert decode(path).shape[1] > 2 * plain.shape[1] - 2 * 1152


@pytest.mark.parametrize("mode", ["VARIABLE", "CONSTANT"])
def test_two_files_in_one_are_read_to_the_end(tmp_path: Path, mode: str) -> None:
    path = encode(tmp_path / "a", mode)
    once = decode(path)
    path.write_bytes(path.read_bytes() * 2)
    twice = decode(path)
    assert 2 * once.shape[1] <= twice.shape[1] <= 2 * once.shape[1] + 5 * 1152
    assert np.abs(twice[:, : once.shape[1] - 5000] - once[:, :-5000]).max() < 1e-4


def test_a_wrong_count_is_corrected(tmp_path: Path) -> None:
    path = encode(tmp_path / "a", "VARIABLE")
    whole = decode(path)
    data = bytearray(path.read_bytes())
    at = data.index(b"Xing") + 8
    data[at : at + 4] = struct.pack(">I", 10)
    path.write_bytes(data)
    assert np.array_equal(decode(path), whole)


@pytest.mark.parametrize("mode", ["VARIABLE", "CONSTANT"])
@pytest.mark.parametrize(("rate", "channels"), [(44100, 2), (22050, 1), (8000, 1)])
def test_an_end_that_is_missing_is_told(tmp_path: Path, mode: str, rate: int, channels: int) -> None:
    path = encode(tmp_path / "a", mode, rate, channels)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(
        AudioFileError, match=r"^The file is cut short: [34]\.\d s that its header promises are missing;"
    ):
        decode(path)
    path.write_bytes(without_header(data[: len(data) // 2]))
    assert decode(path).shape[1] > 3 * rate, "nothing was promised"
    path.write_bytes(data[: len(data) * 19 // 20])
    assert decode(path).shape[1] > 7 * rate, "a little less is the encoder's or an editor's doing"


@pytest.mark.parametrize("size", [1, 4, 5, 100, 418, 500, 2000])
def test_beginnings_of_files_do_no_harm(tmp_path: Path, size: int) -> None:
    path = encode(tmp_path / "a", "VARIABLE")
    data = path.read_bytes()
    for piece in (data[:size], without_header(data)[:size], data[:3] + b"\0" * size, b"\xff" * size):
        path.write_bytes(piece)
        with contextlib.suppress(AudioFileError):
            missing_beginning(path)
