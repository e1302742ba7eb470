"""What a header says of speakers and samples comes back as it was."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.io import probe
from app.audio.stream import StreamPlan, stream_effect
from tests.audio.test_extras import walk

PCM = bytes.fromhex("0100000000001000800000aa00389b71")
FLOAT = b"\3" + PCM[1:]
B_FORMAT = bytes.fromhex("010000002107d3118644c8c1ca000000")
MASKS = [
    (2, 0x3),
    (2, 0x600),
    (3, 0x7),
    (4, 0x33),
    (4, 0x107),
    (6, 0x3F),
    (6, 0x60F),
    (6, 0x0),
    (8, 0xFF),
    (8, 0x63F),
    (12, 0x2D63F),
    (32, 0),
    (1, 0x4),
]


def extensible(
    path: Path, channels: int, mask: int, guid: bytes = PCM, bits: int = 16, valid: int = 0, form: bytes = b"RIFF"
) -> Path:
    """Write a WAV of noise whose “fmt ” chunk says all this."""
    width = bits // 8
    data = np.random.default_rng(0).integers(0, 100, 500 * channels * width, np.uint8).tobytes()
    if guid[:1] == b"\3":
        data = np.random.default_rng(0).uniform(-1, 1, 500 * channels).astype("<f4").tobytes()
    fmt = struct.pack(
        "<HHIIHHHHI", 0xFFFE, channels, 44100, 44100 * width * channels, width * channels, bits, 22, valid or bits, mask
    )
    chunks = b"fmt " + struct.pack("<I", 40) + fmt + guid
    if form == b"RIFF":
        chunks += b"data" + struct.pack("<I", len(data)) + data
        path.write_bytes(form + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    else:
        chunks += b"data\xff\xff\xff\xff" + data
        sizes = b"ds64" + struct.pack("<IQQQI", 28, 4 + 36 + len(chunks), len(data), 0, 0)
        path.write_bytes(form + b"\xff\xff\xff\xffWAVE" + sizes + chunks)
    return path


def through(source: Path, factor: float = 1.0) -> Path:
    target = source.with_name(f"out{source.suffix}")
    plan = StreamPlan(44100, 200, 50)
    written = stream_effect(source, [target], lambda x: x[None] * np.float32(factor), plan, progress=lambda _: None)
    return written.paths[0]


@pytest.mark.parametrize("form", [b"RIFF", b"RF64", b"BW64"])
@pytest.mark.parametrize(("channels", "mask"), MASKS)
def test_each_channel_stays_with_its_speaker(tmp_path: Path, form: bytes, channels: int, mask: int) -> None:
    source = extensible(tmp_path / "in.wav", channels, mask, form=form)
    result = through(source)
    assert dict(walk(result))[b"fmt "] == dict(walk(source))[b"fmt "]
    assert dict(walk(result))[b"data"] == dict(walk(source))[b"data"]
    assert result.read_bytes()[:4] == form
    assert probe(result) == probe(source)


@pytest.mark.parametrize(
    ("guid", "bits", "valid"), [(B_FORMAT, 16, 16), (PCM, 24, 20), (PCM, 32, 24), (FLOAT, 32, 32), (B_FORMAT, 24, 24)]
)
def test_the_form_of_the_samples_stays(tmp_path: Path, guid: bytes, bits: int, valid: int) -> None:
    source = extensible(tmp_path / "in.wav", 4, 0, guid, bits, valid)
    assert dict(walk(through(source)))[b"fmt "] == dict(walk(source))[b"fmt "]


def test_floats_in_place_of_integers_keep_the_speakers(tmp_path: Path) -> None:
    """What is too loud for 20 of 24 bits has 32 valid ones, at the same speakers."""
    for guid in (PCM, B_FORMAT):
        source = extensible(tmp_path / "in.wav", 6, 0x60F, guid, 24, 20)
        fmt = dict(walk(through(source, 1000)))[b"fmt "]
        assert struct.unpack("<HHI", fmt[16:24]) == (22, 32, 0x60F)
        assert fmt[24:] == b"\3" + guid[1:]
        assert soundfile.info(tmp_path / "out.wav").subtype == "FLOAT"


@pytest.mark.parametrize(
    ("subtype", "endian", "written", "names"),
    [
        ("FLOAT", "FILE", b"FL32", (b"fl32", b"FL32")),
        ("DOUBLE", "FILE", b"FL64", (b"fl64", b"FL64")),
        ("PCM_24", "LITTLE", b"42n1", (b"42ni", b"sowt", b"42n1")),
        ("PCM_16", "LITTLE", b"sowt", (b"sowt",)),
    ],
)
def test_an_aiff_calls_its_samples_as_they_were_called(
    tmp_path: Path, subtype: str, endian: str, written: bytes, names: tuple[bytes, ...]
) -> None:
    file = io.BytesIO()
    soundfile.write(file, np.linspace(-0.9, 0.9, 500), 44100, format="AIFF", subtype=subtype, endian=endian)
    for name in names:
        (tmp_path / "in.aif").write_bytes(file.getvalue().replace(written, name))
        result = through(tmp_path / "in.aif")
        assert dict(walk(result))[b"COMM"][18:22] == name
        assert dict(walk(result))[b"SSND"] == dict(walk(tmp_path / "in.aif"))[b"SSND"]


def test_an_aiff_that_was_too_loud_is_floats_by_apples_name(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "in.aif", np.linspace(-0.9, 0.9, 500), 44100, format="AIFF", subtype="PCM_16")
    assert dict(walk(through(tmp_path / "in.aif", 2)))[b"COMM"][18:22] == b"fl32"


def test_a_plain_header_stays_plain(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "in.wav", np.linspace(-0.9, 0.9, 500), 44100, subtype="PCM_16")
    assert through(tmp_path / "in.wav").read_bytes() == (tmp_path / "in.wav").read_bytes()
