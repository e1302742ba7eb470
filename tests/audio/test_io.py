import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.io import AudioFormat, open_reader, open_writer, probe
from app.errors import AudioFileError


def decode(path: Path, block: int = 4096) -> np.ndarray:
    with open_reader(path) as reader:
        parts = []
        while (part := reader.read(block)).shape[1]:
            parts.append(part)
        assert reader.position == sum(part.shape[1] for part in parts)
    return np.concatenate(parts, axis=1)


def sentence(path: Path) -> str:
    """Return the one sentence that reading this file through fails with."""
    with pytest.raises(AudioFileError) as caught:
        decode(path)
    message = caught.value.message
    assert message.endswith(".")
    assert "\n" not in message
    assert str(path.parent) not in message
    assert "Error" not in message
    return message


def noise(channels: int = 2, samples: int = 20_000) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.9, 0.9, (samples, channels))


@pytest.mark.parametrize(
    ("container", "subtype", "bits"),
    [
        ("WAV", "PCM_U8", 8),
        ("WAV", "PCM_16", 16),
        ("WAV", "PCM_24", 24),
        ("WAV", "PCM_32", 32),
        ("FLAC", "PCM_S8", 8),
        ("FLAC", "PCM_24", 24),
        ("AIFF", "PCM_16", 16),
        ("RF64", "PCM_24", 24),
    ],
)
def test_every_integer_level_is_read_and_written_exactly(
    tmp_path: Path, container: str, subtype: str, bits: int
) -> None:
    levels = np.random.default_rng(0).integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (5000, 3))
    levels[:4, 0] = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, 0, -1]
    path = tmp_path / "a"
    soundfile.write(path, (levels << (32 - bits)).astype(np.int32), 48000, format=container, subtype=subtype)
    fmt = probe(path)
    assert fmt == AudioFormat(48000, 3, 5000, container, subtype)
    samples = decode(path)
    assert np.array_equal(samples, levels.T / 2.0 ** (bits - 1))
    with open_writer(tmp_path / "b", fmt) as writer:
        writer.write(samples)
    assert (tmp_path / "b").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(("container", "subtype"), [("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"), ("OGG", "OPUS")])
def test_lossy_files_are_decoded_as_in_one_go(tmp_path: Path, container: str, subtype: str) -> None:
    path = tmp_path / "a"
    soundfile.write(path, noise() * 0.3, 48000, format=container, subtype=subtype)
    whole = soundfile.read(path, dtype="float32")[0]
    assert len(whole) == 20_000
    assert np.array_equal(decode(path, 777), whole.T)


@pytest.mark.parametrize(
    ("container", "subtype"),
    [
        ("WAV", "PCM_16"),
        ("WAV", "FLOAT"),
        ("RF64", "PCM_24"),
        ("AIFF", "PCM_24"),
        ("FLAC", "PCM_16"),
        ("FLAC", "PCM_24"),
    ],
)
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.99])
def test_a_file_cut_short_is_refused(tmp_path: Path, container: str, subtype: str, kept: float) -> None:
    path = tmp_path / "a"
    soundfile.write(path, noise(), 44100, format=container, subtype=subtype)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    assert "cut short" in sentence(path)


@pytest.mark.parametrize("name", ["a.wav", "a.raw", "a.au", "a.gsm", "a.vox", "a.mp3", "ä b", "a.flac"])
def test_text_is_not_sound_whatever_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("This is a text. " * 1000)
    assert "WAV, AIFF, FLAC, OGG or MP3 is expected" in sentence(path)


def test_a_sound_is_read_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.raw"
    soundfile.write(path, noise(), 44100, format="WAV")
    assert decode(path).shape == (2, 20_000)


def test_an_empty_file_and_a_missing_one(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    assert "empty" in sentence(tmp_path / "a.wav")
    assert "send it again" in sentence(tmp_path / "b.wav")
    assert "send it again" in sentence(tmp_path)


@pytest.mark.parametrize("container", ["WAV", "AIFF"])
def test_a_file_without_samples(tmp_path: Path, container: str) -> None:
    soundfile.write(tmp_path / "a", np.zeros((0, 2)), 44100, format=container, subtype="PCM_16")
    assert "0 samples" in sentence(tmp_path / "a")


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_samples_that_are_no_numbers(tmp_path: Path, subtype: str, value: float) -> None:
    samples = noise()
    samples[-1, 1] = value
    soundfile.write(tmp_path / "a.wav", samples, 44100, subtype=subtype)
    assert "not finite numbers" in sentence(tmp_path / "a.wav")


def wav(channels: int = 1, rate: int = 44100, bits: int = 16, size: int | None = None, samples: int = 1000) -> bytes:
    width = channels * bits // 8
    data = b"\1" * (samples * width)
    fmt = struct.pack("<HHIIHH", 1, channels, rate, rate * width & 0xFFFFFFFF, width & 0xFFFF, bits)
    size = len(data) if size is None else size
    return (
        b"RIFF"
        + struct.pack("<I", 36 + len(data))
        + b"WAVEfmt \x10\0\0\0"
        + fmt
        + b"data"
        + struct.pack("<I", size)
        + data
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"channels": 33}, "1 to 32 are expected"),
        ({"channels": 0}, "is expected"),
        ({"channels": 65535, "samples": 10}, "is expected"),
        ({"rate": 0}, "is expected"),
        ({"rate": 7}, "1000 to 768000 Hz"),
        ({"rate": 1_000_000}, "1000 to 768000 Hz"),
        ({"rate": 4_000_000_000}, "is expected"),
        ({"bits": 0}, "is expected"),
        ({"size": 0x40000000}, "cut short"),
    ],
)
def test_headers_that_make_no_sense(tmp_path: Path, header: dict[str, int], expected: str) -> None:
    (tmp_path / "a.wav").write_bytes(wav(**header))
    assert expected in sentence(tmp_path / "a.wav")


def test_a_wav_written_to_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav(size=0xFFFFFFFF))
    assert decode(tmp_path / "a.wav").shape == (1, 1000)


def flac_promising(path: Path, samples: int) -> None:
    """Write a FLAC of 20,000 samples whose header promises ``samples``."""
    soundfile.write(path, noise(), 44100, format="FLAC")
    data = bytearray(path.read_bytes())
    packed = int.from_bytes(data[18:26], "big") >> 36 << 36 | samples
    path.write_bytes(data[:18] + packed.to_bytes(8, "big") + data[26:])


def test_a_flac_that_promises_far_too_much_is_cut_short(tmp_path: Path) -> None:
    flac_promising(tmp_path / "a.flac", 2**36 - 1)
    assert "cut short" in sentence(tmp_path / "a.flac")


def test_a_flac_of_unknown_length_is_counted(tmp_path: Path) -> None:
    flac_promising(tmp_path / "a.flac", 0)
    assert probe(tmp_path / "a.flac").samples == 20_000
    assert decode(tmp_path / "a.flac").shape == (2, 20_000)
