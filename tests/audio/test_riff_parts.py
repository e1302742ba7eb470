import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.io import open_reader, probe
from app.audio.riff_parts import riff_parts

SAMPLES = np.random.default_rng(0).integers(-(2**15), 2**15, (1000, 2), np.int16)
SIZES = (0, 1, 2, 4, 8, 12, 20, 23, 25, 36, 60)


def plain(container: str, subtype: str = "PCM_16") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, SAMPLES, 44100, format=container, subtype=subtype)
    return file.getvalue()


def with_chunk(data: bytes, name: bytes, content: bytes, before: bool) -> bytes:
    order = "<I" if data[:4] == b"RIFF" else ">I"
    chunk = name + struct.pack(order, len(content)) + content + b"\0" * (len(content) % 2)
    at = data.index(b"data" if data[:4] == b"RIFF" else b"SSND") if before else len(data)
    whole = data[:at] + chunk + data[at:]
    return whole[:4] + struct.pack(order, len(whole) - 8) + whole[8:]


def decode(path: Path) -> np.ndarray:
    with open_reader(path) as reader:
        return reader.read()


@pytest.mark.parametrize(
    ("container", "names"),
    [
        ("WAV", (b"acid", b"smpl", b"fact", b"PEAK", b"LIST", b"cue ", b"inst", b"bext", b"cart", b"strc", b"JUNK")),
        ("AIFF", (b"MARK", b"INST", b"COMT", b"PEAK", b"basc", b"CHAN", b"APPL", b"NAME", b"ANNO", b"MIDI", b"ID3 ")),
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_no_chunk_whatever_its_size_costs_sound(
    tmp_path: Path, container: str, names: tuple[bytes, ...], before: bool
) -> None:
    """An “acid” of 4 bytes cost the first 6 samples, a “basc” without content one, others the file."""
    data, path = plain(container), tmp_path / "a"
    fmt = None
    for name in names:
        for content in (byte * size for size in SIZES for byte in (b"\0", b"\1", b"\xff")):
            path.write_bytes(with_chunk(data, name, content, before))
            assert np.array_equal(decode(path), SAMPLES.T / 2.0**15), (name, content)
            fmt = fmt or probe(path)
            assert probe(path) == fmt


@pytest.mark.parametrize("container", ["WAV", "AIFF", "RF64"])
def test_what_holds_only_its_sound_is_read_as_it_is(tmp_path: Path, container: str) -> None:
    (tmp_path / "a").write_bytes(plain(container))
    with (tmp_path / "a").open("rb") as file:
        assert riff_parts(file) is None


def test_compressed_wav_keeps_what_tells_its_length(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(with_chunk(plain("WAV", "IMA_ADPCM"), b"acid", bytes(24), before=True))
    with (tmp_path / "a").open("rb") as file:
        assert riff_parts(file) is None
    assert decode(tmp_path / "a").shape == (2, soundfile.info(tmp_path / "a").frames)


@pytest.mark.parametrize("kept", [0, 3, 11, 12, 16, 30, 50])
def test_beginnings_of_files_do_no_harm(tmp_path: Path, kept: int) -> None:
    (tmp_path / "a").write_bytes(with_chunk(plain("WAV"), b"acid", bytes(4), before=True)[:kept])
    with (tmp_path / "a").open("rb") as file:
        riff_parts(file)
