import contextlib
import io
import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from app.audio.io import open_reader, probe
from app.audio.mpeg import mpeg_parts
from app.errors import AudioFileError
from tests.audio.mp3_files import encode, id3, with_vbri, without_delays, without_header

Change = Callable[[bytes], bytes]


def decode(path: Path) -> np.ndarray:
    with open_reader(path) as reader:
        parts = []
        while (part := reader.read(5000)).shape[1]:
            parts.append(part)
    return np.concatenate(parts, axis=1)


def decode_bytes(folder: Path, data: bytes) -> np.ndarray:
    (folder / "bytes").write_bytes(data)
    return decode(folder / "bytes")


def by_ffmpeg(data: bytes) -> np.ndarray:
    with av.open(io.BytesIO(data)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and bool(np.abs(one - other).max() < 1e-4)


@pytest.mark.parametrize("mode", ["VARIABLE", "AVERAGE", "CONSTANT"])
@pytest.mark.parametrize(("rate", "channels"), [(44100, 2), (48000, 1), (22050, 2), (8000, 1)])
def test_without_a_header_all_is_read_and_in_its_place(tmp_path: Path, mode: str, rate: int, channels: int) -> None:
    path = encode(tmp_path / "a", mode, rate, channels)
    data = path.read_bytes()
    whole = decode(path)
    assert mpeg_parts(path) is None
    assert whole.shape == (channels, rate * 8)
    path.write_bytes(without_header(data))
    sound = decode(path)
    assert sound.shape[1] == probe(path).samples
    assert sound.shape[1] % (1152 if rate > 24000 else 576) == 0, "all of every frame"
    assert same(sound, by_ffmpeg(path.read_bytes()))
    # The encoder's own padding and the decoder's 529 samples, which LAME's header would cut off.
    assert same(sound[:, 576 + 529 :][:, : whole.shape[1]], whole)


@pytest.mark.parametrize("change", [without_header, without_delays, with_vbri])
@pytest.mark.parametrize(("rate", "channels"), [(44100, 2), (16000, 1), (11025, 2)])
def test_headers_that_tell_of_no_delays_shift_nothing(tmp_path: Path, change: Change, rate: int, channels: int) -> None:
    data = encode(tmp_path / "a", "VARIABLE", rate, channels, seconds=2).read_bytes()
    path = tmp_path / "b"
    path.write_bytes(change(data))
    sound = decode(path)
    assert same(sound, by_ffmpeg(path.read_bytes()))
    assert np.array_equal(sound, decode_bytes(tmp_path, without_header(data))), "the header is no sound"


@pytest.mark.parametrize(
    "before", [id3(2000) + id3(70_000), id3(200_000), id3(500, footer=True), bytes(10) + b"\r\n", bytes(5000)]
)
@pytest.mark.parametrize("header", [True, False])
def test_what_stands_before_the_first_frame_hides_nothing(tmp_path: Path, before: bytes, header: bool) -> None:
    data = encode(tmp_path / "a", "VARIABLE", seconds=2).read_bytes()
    data = before + (data if header else without_header(data))
    sound = decode_bytes(tmp_path, data)
    assert same(sound, by_ffmpeg(data))
    said = probe(tmp_path / "bytes").notice
    assert ("begins with" in said) == (header and before[:3] != b"ID3")


def test_a_part_of_a_frame_at_the_start_brings_no_noise(tmp_path: Path) -> None:
    """What the frames behind it took from it is silent: an empty frame in its place would be heard at 16 times full."""
    frames = without_header(encode(tmp_path / "a", "CONSTANT", seconds=2).read_bytes())
    whole = decode_bytes(tmp_path, frames)
    size = (len(frames) // (whole.shape[1] // 1152)) * 40
    cut = decode_bytes(tmp_path, frames[size + 50 :])
    behind = by_ffmpeg(frames[size + 50 :])
    assert cut.shape == behind.shape
    assert np.abs(cut).max() <= np.abs(whole).max()
    assert same(cut[:, 3 * 1152 :], behind[:, 3 * 1152 :])


def test_what_lies_between_frames_and_behind_them(tmp_path: Path) -> None:
    frames = without_header(encode(tmp_path / "a", "VARIABLE", seconds=2).read_bytes())
    plain = decode_bytes(tmp_path, frames)
    assert np.array_equal(decode_bytes(tmp_path, frames + b"TAG" + bytes(125)), plain)
    for between in (bytes(1000), id3(300_000)):
        twice = decode_bytes(tmp_path, frames + between + frames)
        assert twice.shape[1] == 2 * plain.shape[1]
        assert np.array_equal(twice[:, : plain.shape[1]], plain)
        assert same(twice[:, plain.shape[1] + 1152 :], plain[:, 1152:])
        assert "2 pieces" in probe(tmp_path / "bytes").notice


@pytest.mark.parametrize(("rate", "channels"), [(44100, 2), (22050, 1)])
def test_a_last_frame_that_is_cut_short_is_heard_if_its_sound_is_there(
    tmp_path: Path, rate: int, channels: int
) -> None:
    """It often is, in the frames before. Where not, ffmpeg makes a burst of noise of it."""
    whole = encode(tmp_path / "a", "CONSTANT", rate, channels, seconds=2).read_bytes()
    loudest = 1.1 * np.abs(decode_bytes(tmp_path, whole)).max()
    equal = 0
    for missing in (1, 100, 200, *range(333, 4000, 333)):
        for data in (whole[:-missing], without_header(whole)[:-missing]):
            sound, other = decode_bytes(tmp_path, data), by_ffmpeg(data)
            assert sound.shape == other.shape
            assert same(sound[:, :-1152], other[:, :-1152])
            assert np.abs(sound).max() < loudest
            equal += same(sound, other)
    assert equal >= 16


def test_files_of_two_kinds_in_one_are_refused(tmp_path: Path) -> None:
    one = encode(tmp_path / "a", "VARIABLE", seconds=2).read_bytes()
    for other, told in ((48000, 2), "stereo at 48000 Hz"), ((44100, 1), "mono at 44100 Hz"):
        data = encode(tmp_path / "b", "VARIABLE", *other, seconds=2).read_bytes()
        with pytest.raises(AudioFileError, match=rf"several MP3 files joined.*\(stereo at 44100 Hz, then {told}\)"):
            decode_bytes(tmp_path, one + data)


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
            mpeg_parts(path)
