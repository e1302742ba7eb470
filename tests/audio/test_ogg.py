import io
import itertools
import struct
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from app.audio.io import open_reader, probe
from app.audio.ogg import ogg_links
from app.errors import AudioFileError
from tests.audio.media_files import encode


def sound(seed: int = 0, seconds: float = 0.5, rate: int = 48000, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.05, (int(rate * seconds), channels))


def ogg(subtype: str, seed: int = 0, rate: int = 48000, channels: int = 2, seconds: float = 0.5) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, sound(seed, seconds, rate, channels), rate, format="OGG", subtype=subtype)
    return file.getvalue()


def flac_in_ogg(bits: int = 16) -> tuple[bytes, np.ndarray]:
    """Return FLAC in Ogg as FFmpeg writes it, and its samples ``(channels, n)``."""
    samples = (sound(7) * 2 ** (bits - 1)).astype(np.int16 if bits == 16 else np.int32).T
    if bits == 24:
        samples = samples << 8
    form = "s16" if bits == 16 else "s32"
    return encode("ogg", "flac", samples, 48000, form), samples / 2.0 ** (15 if bits == 16 else 31)


def decode(path: Path) -> np.ndarray:
    with open_reader(path) as reader:
        parts = []
        while (part := reader.read(5000)).shape[1]:
            parts.append(part)
    return np.concatenate(parts, axis=1)


def decode_bytes(folder: Path, data: bytes) -> np.ndarray:
    (folder / "a").write_bytes(data)
    return decode(folder / "a")


def pages(data: bytes) -> list[int]:
    at, found = 0, []
    while at < len(data):
        found.append(at)
        at += 27 + data[at + 26] + sum(data[at + 27 : at + 27 + data[at + 26]])
    return found


def checked(page: bytes) -> bytes:
    """Give a page the checksum that it must have, computed bit by bit."""
    data, value = bytearray(page), 0
    data[22:26] = bytes(4)
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 * (value >> 31)) & 0xFFFFFFFF
    data[22:26] = struct.pack("<I", value)
    return bytes(data)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_files_joined_are_read_to_the_end(tmp_path: Path, subtype: str) -> None:
    one, other, third = ogg(subtype), ogg(subtype, 1), ogg(subtype, 2)
    alone = [decode_bytes(tmp_path, data) for data in (one, other, third)]
    assert probe(tmp_path / "a").notice == ""
    joined = decode_bytes(tmp_path, one + other + third)
    assert joined.shape == (2, 3 * 24_000)
    assert np.array_equal(joined, np.concatenate(alone, axis=1))
    fmt = probe(tmp_path / "a")
    assert fmt.samples == 3 * 24_000
    assert fmt.notice == "The file is 3 files joined; all were read, one after the other."


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_a_file_cut_short_before_another_is_heard_as_far_as_it_goes(tmp_path: Path, subtype: str) -> None:
    data = ogg(subtype, seconds=2.5)
    whole = decode_bytes(tmp_path, data)
    starts = pages(data)
    joined = decode_bytes(tmp_path, data[: (starts[-2] + starts[-1]) // 2] + data)
    length = joined.shape[1] - whole.shape[1]
    assert 0 < length < whole.shape[1]
    assert np.array_equal(joined[:, length:], whole)
    assert np.abs(joined[:, :length] - whole[:, :length]).max() < 1e-3


@pytest.mark.parametrize("other", [{"rate": 44100}, {"channels": 1}])
def test_joined_files_that_are_not_alike_are_refused(tmp_path: Path, other: dict[str, int]) -> None:
    with pytest.raises(AudioFileError, match="2 files joined, of different rates, channels or kinds"):
        decode_bytes(tmp_path, ogg("VORBIS") + ogg("VORBIS", **other))


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_an_end_without_a_mark(tmp_path: Path, subtype: str) -> None:
    """As a recording that was cut off between two pages, or taken from a stream."""
    data = ogg(subtype)
    whole = decode_bytes(tmp_path, data)
    starts = pages(data)
    last = bytearray(data[starts[-1] :])
    assert last[5] == 4
    last[5] = 0
    sounds = decode_bytes(tmp_path, data[: starts[-1]] + checked(bytes(last)))
    assert np.abs(sounds[:, :24000] - whole).max() < 1e-3
    with av.open(str(tmp_path / "a")) as container:
        heard = sum(frame.samples for frame in container.decode(audio=0))
    assert heard - 128 <= sounds.shape[1] <= heard, (
        "no less than ffmpeg hears, but for what a Vorbis encoder put behind"
    )


def test_of_streams_beside_each_other_the_sound_is_taken(tmp_path: Path) -> None:
    data = ogg("OPUS")
    starts = [*pages(data), len(data)]
    mine = [data[a:b] for a, b in itertools.pairwise(starts)]

    def strange(flags: int, number: int) -> bytes:
        content = b"fishead\0" + bytes(72)
        head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, 0, 99, number, 0, 1) + bytes([len(content)])
        return checked(head + content)

    mixed = strange(2, 0) + mine[0] + mine[1] + strange(0, 1) + b"".join(mine[2:-1]) + strange(4, 2) + mine[-1]
    assert np.array_equal(decode_bytes(tmp_path, mixed), decode_bytes(tmp_path, data))


@pytest.mark.parametrize("bits", [16, 24])
def test_flac_in_ogg_is_flac(tmp_path: Path, bits: int) -> None:
    data, samples = flac_in_ogg(bits)
    assert np.array_equal(decode_bytes(tmp_path, data), samples)
    fmt = probe(tmp_path / "a")
    assert (fmt.container, fmt.subtype, fmt.samples) == ("FLAC", f"PCM_{bits}", 24000)
    assert np.array_equal(decode_bytes(tmp_path, data + data), np.concatenate([samples, samples], axis=1))


@pytest.mark.parametrize("kept", [0, 4, 27, 30, 100, 3000, 5000])
def test_beginnings_of_files_and_damage_do_no_harm(tmp_path: Path, kept: int) -> None:
    for data in (ogg("OPUS"), flac_in_ogg()[0]):
        (tmp_path / "a").write_bytes(data[:kept] or b"O")
        with pytest.raises(AudioFileError) as caught:
            decode(tmp_path / "a")
        assert "Error" not in caught.value.message


def test_pages_without_content_are_read_in_one_pass(tmp_path: Path) -> None:
    """A MiB of first pages: as many streams, none of which has sound."""
    page = struct.pack("<4sBBqIIIB", b"OggS", 0, 2, 0, 1, 0, 0, 1) + b"\x08OpusHead"
    (tmp_path / "a").write_bytes(page * (2**20 // len(page)))
    assert len(ogg_links(tmp_path / "a")) <= 1
    with pytest.raises(AudioFileError):
        decode(tmp_path / "a")
