import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.audio.extras import Extras, read_extras
from app.audio.io import open_writer, probe
from app.audio.stream import StreamPlan, stream_effect

SAMPLES = 5001


def chunk(name: bytes, content: bytes, order: str = "<") -> bytes:
    return name + struct.pack(order + "I", len(content)) + content + b"\0" * (len(content) % 2)


def walk(path: Path) -> list[tuple[bytes, bytes]]:
    """Read a RIFF, RF64 or AIFF file strictly: every size and padding byte must be right."""
    data = path.read_bytes()
    order = ">" if data[:4] in (b"RIFX", b"FORM") else "<"
    (size,) = struct.unpack(order + "I", data[4:8])
    found, at, sound = [], 12, None
    while at < len(data):
        name, length = data[at : at + 4], struct.unpack(order + "I", data[at + 4 : at + 8])[0]
        if name == b"ds64":
            size, sound = struct.unpack("<QQ", data[at + 8 : at + 24])
        if name == b"data" and sound is not None:
            assert length == 0xFFFFFFFF
            length = sound
        content = data[at + 8 : at + 8 + length]
        assert len(content) == length
        assert not data[at + 8 + length : at + 8 + length + length % 2].strip(b"\0")
        found.append((name, content))
        at += 8 + length + length % 2
    assert at == len(data) == size + 8
    return found


def walk_flac(path: Path) -> list[tuple[int, bytes]]:
    data = path.read_bytes()
    assert data[:4] == b"fLaC"
    found, at, last = [], 4, False
    while not last:
        last, size = data[at] >= 128, int.from_bytes(data[at + 1 : at + 4], "big")
        found.append((data[at] % 128, data[at + 4 : at + 4 + size]))
        at += 4 + size
    assert data[at] == 0xFF
    assert data[at + 1] & 0xFE == 0xF8  # a frame begins
    return found


def bext() -> bytes:
    fields = struct.pack("<256s32s32s10s8sQH", b"Take 3", b"Recorder", b"REF", b"2024-05-06", b"07:08:09", 158760000, 2)
    return fields + bytes(602 - len(fields)) + b"A=PCM,F=8000\r\n"


def cues(count: int = 2) -> bytes:
    points = b"".join(struct.pack("<II4sIII", n + 1, 100 * n, b"data", 0, 0, 100 * n) for n in range(count))
    return struct.pack("<I", count) + points


def riff_chunks() -> list[tuple[bytes, bytes]]:
    labels = chunk(b"labl", struct.pack("<I", 1) + b"Verse\0")
    labels += chunk(b"note", struct.pack("<I", 2) + b"Ab\0")
    labels += chunk(b"ltxt", struct.pack("<II4sHHHH", 1, 50, b"rgn ", 0, 0, 0, 0))
    loop = struct.pack("<6I", 1, 0, 100, 2000, 0, 0)
    return [
        (b"bext", bext()),
        (b"iXML", b"<?xml version='1.0'?><BWFXML><TAPE>7</TAPE></BWFXML>"),
        (b"cue ", cues()),
        (b"LIST", b"adtl" + labels),
        (b"LIST", b"INFO" + chunk(b"INAM", b"Song\0") + chunk(b"ISFT", b"A DAW\0")),
        (b"smpl", struct.pack("<9I", 0, 0, 22675, 60, 0, 0, 0, 1, 0) + loop),
        (b"inst", struct.pack("bbbBBBB", 60, 0, 0, 0, 127, 1, 127)),
        (b"acid", struct.pack("<IHHfIHHf", 0, 60, 0x8000, 0.0, 4, 4, 4, 120.0)),
        (b"id3 ", ID3),
        (b"axml", b"<?xml version='1.0'?><ebuCoreMain/>"),
        (
            b"chna",
            struct.pack("<HH", 1, 1)
            + struct.pack("<H12s14s11sx", 1, b"ATU_00000001", b"AT_00010001_01", b"AP_00010001"),
        ),
        (b"cart", b"0101" + b"A title".ljust(2044, b"\0") + b"tag\r\n"),
        (b"_PMX", b"<?xpacket begin=''?><x:xmpmeta/>"),
        (b"umid", bytes(range(64))),
        (b"strc", bytes(28)),
        (b"LGWV", b"\1\2\3"),
        (b"clm ", b"<!>2048 10000000 wavetable"),
        (b"DISP", struct.pack("<I", 1) + b"A title\0"),
        (b"DISP", struct.pack("<I", 8) + bytes(40)),
        (b"ResU", b"\x78\x9c\x01\x02"),
    ]


ID3 = b"ID3\3\0\0\0\0\0\x0eTIT2\0\0\0\4\0\0\0Key"
MARK = struct.pack(">H", 2) + struct.pack(">HI", 1, 100) + b"\5Verse" + struct.pack(">HI", 2, 4000) + b"\4Solo\0"
AIFF_CHUNKS = [
    (b"MARK", MARK),
    (b"INST", struct.pack(">6bh6H", 60, 0, 0, 127, 1, 127, 0, 1, 1, 2, 0, 0, 0)),
    (b"COMT", struct.pack(">HIHH", 1, 3_000_000_000, 1, 3) + b"low\0"),
    (b"NAME", b"Song"),
    (b"AUTH", b"Somebody"),
    (b"(c) ", b"2024 Somebody"),
    (b"ANNO", b"one"),
    (b"ANNO", b"two"),
    (b"ID3 ", ID3),
    (b"APPL", b"stoc\3app" + bytes(9)),
    (b"APPL", b"Ovrw"),
    (b"basc", struct.pack(">IIHHHH", 1, 8, 60, 1, 4, 4) + bytes(68)),
    (b"CHAN", struct.pack(">III", (101 << 16) | 2, 0, 0)),
]


def comment(*texts: str) -> bytes:
    parts = [b"a vendor", *(text.encode() for text in texts)]
    head, *rest = [struct.pack("<I", len(part)) + part for part in parts]
    return head + struct.pack("<I", len(rest)) + b"".join(rest)


CUESHEET = bytes(136) + b"\0" + bytes(258) + b"\1" + bytes(8) + b"\xff" + bytes(26) + b"\0"
PICTURE = struct.pack(">II", 3, 9) + b"image/png" + struct.pack(">I", 5) + b"cover"
PICTURE += struct.pack(">5I", 16, 16, 24, 0, 300) + bytes(300)
FLAC_BLOCKS = [
    (6, PICTURE),
    (6, PICTURE[:3] + b"\4" + PICTURE[4:]),
    (4, comment("TITLE=Süd", "ARTIST=x")),
    (5, CUESHEET),
    (2, b"riff" + chunk(b"bext", bext())),
]


def build(
    path: Path, container: str, subtype: str, endian: str, before: bytes, after: bytes, channels: int = 1
) -> Path:
    """Write a file with further chunks on both sides of its sound."""
    random = np.random.default_rng(0)
    samples = random.integers(-(2**31), 2**31, (SAMPLES, channels)).astype(np.int32)
    if not subtype.startswith("PCM"):
        samples = samples.astype(np.float64) * 2.0**-31
    soundfile.write(path, samples, 44100, format=container, subtype=subtype, endian=endian)
    data = path.read_bytes()
    at = data.index(b"SSND" if container == "AIFF" else b"data")
    data = data[:at] + before + data[at:] + after
    order = ">" if data[:4] in (b"RIFX", b"FORM") else "<"
    if len(data) % 2:
        data += b"\0"
    if data[:4] == b"RF64":
        data = data[:20] + struct.pack("<Q", len(data) - 8) + data[28:]
    else:
        data = data[:4] + struct.pack(order + "I", len(data) - 8) + data[8:]
    path.write_bytes(data)
    return path


def build_flac(path: Path, blocks: list[tuple[int, bytes]]) -> Path:
    samples = np.random.default_rng(0).integers(-(2**31), 2**31, (SAMPLES, 1)).astype(np.int32)
    soundfile.write(path, samples, 44100, format="FLAC", subtype="PCM_16")
    data = path.read_bytes()
    (_, description), *_ = walk_flac(path)
    sound = len(data) - (len(data) - 4 - sum(4 + len(content) for _, content in walk_flac(path)))
    head = b"fLaC\0" + len(description).to_bytes(3, "big") + description
    for number, (kind, content) in enumerate(blocks):
        last = 128 if number == len(blocks) - 1 else 0
        head += bytes([kind | last]) + len(content).to_bytes(3, "big") + content
    path.write_bytes(head + data[sound:])
    return path


def through(source: Path, folder: Path, stems: int = 1) -> list[Path]:
    paths = [folder / f"out{n}" for n in range(stems)]
    stream_effect(source, paths, lambda x: np.stack([x] * stems), StreamPlan(44100, 2000, 500), progress=lambda _: None)
    for path in paths:
        assert probe(path) == probe(source)
        kind = "int32" if probe(source).integer else "float64"
        assert np.array_equal(soundfile.read(path, dtype=kind)[0], soundfile.read(source, dtype=kind)[0])
    return paths


@pytest.mark.parametrize(
    ("container", "subtype"),
    [("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "FLOAT"), ("WAVEX", "PCM_24"), ("RF64", "PCM_24")],
)
@pytest.mark.parametrize("side", ["before", "after"])
def test_all_stems_keep_a_waves_chunks(tmp_path: Path, container: str, subtype: str, side: str) -> None:
    wanted = riff_chunks()
    if container == "RF64" and side == "before":  # libsndfile cannot read such a file with odd chunks
        wanted = [(name, content) for name, content in wanted if len(content) % 2 == 0]
    data = b"".join(chunk(*item) for item in wanted)
    source = build(tmp_path / "in", container, subtype, "FILE", *((data, b"") if side == "before" else (b"", data)))
    for path in through(source, tmp_path, stems=3):
        found = walk(path)
        if container == "RF64":  # there the padding counts
            texts = (b"iXML", b"axml", b"_PMX")
            wanted = [(n, c if len(c) % 2 == 0 else c + (b" " if n in texts else b"\0")) for n, c in wanted]
        assert [item for item in found if item in wanted] == wanted
        names = [name for name, _ in found]
        assert names.index(b"fmt ") < names.index(b"bext") < names.index(b"data")
        assert names.count(b"data") == names.count(b"fmt ") == 1


@pytest.mark.parametrize(("subtype", "endian"), [("PCM_16", "FILE"), ("PCM_24", "LITTLE"), ("FLOAT", "FILE")])
@pytest.mark.parametrize("side", ["before", "after"])
def test_all_stems_keep_an_aiffs_chunks(tmp_path: Path, subtype: str, endian: str, side: str) -> None:
    data = b"".join(chunk(*item, ">") for item in AIFF_CHUNKS)
    source = build(tmp_path / "in", "AIFF", subtype, endian, *((data, b"") if side == "before" else (b"", data)))
    for path in through(source, tmp_path, stems=2):
        assert [item for item in walk(path) if item in AIFF_CHUNKS] == AIFF_CHUNKS


@pytest.mark.parametrize("blocks", [FLAC_BLOCKS, FLAC_BLOCKS[1:], FLAC_BLOCKS[:1]])
def test_all_stems_keep_a_flacs_blocks(tmp_path: Path, blocks: list[tuple[int, bytes]]) -> None:
    source = build_flac(tmp_path / "in", blocks)
    for path in through(source, tmp_path, stems=2):
        found = walk_flac(path)
        assert [item for item in found if item in blocks] == blocks
        assert [kind for kind, _ in found].count(4) == 1
        assert found[0][0] == 0


def test_the_title_is_read_by_libsndfile(tmp_path: Path) -> None:
    flac = through(build_flac(tmp_path / "in", FLAC_BLOCKS), tmp_path)[0]
    with soundfile.SoundFile(flac) as file:
        assert file.title == "Süd"
    info = chunk(b"LIST", b"INFO" + chunk(b"INAM", b"Song\0"))
    wav = through(build(tmp_path / "in", "WAV", "PCM_16", "FILE", info, b""), tmp_path)[0]
    with soundfile.SoundFile(wav) as file:
        assert file.title == "Song"


@pytest.mark.parametrize(
    "broken",
    [
        chunk(b"bext", bext()[:601]),
        chunk(b"cue ", cues()[:-1]),
        chunk(b"cue ", b""),
        chunk(b"cue ", struct.pack("<I", 0xFFFFFFFF)),
        chunk(b"smpl", bytes(28) + struct.pack("<II", 1, 0)),
        chunk(b"smpl", bytes(20)),
        chunk(b"iXML", b"\0\0\0\0"),
        chunk(b"LIST", b"adtl" + b"labl" + struct.pack("<I", 400) + b"\1\0\0\0Verse"),
        chunk(b"LIST", b"adtl" + chunk(b"labl", b"\1")),
        chunk(b"LIST", b"INFOINA"),
        chunk(b"LIST", b"adtl"),
        chunk(b"LIST", b"hdrl" + chunk(b"INAM", b"Song")),
        chunk(b"iXML", b"<" + b" " * (8 << 20)),
        chunk(b"JUNK", b"x" * 100),
        b"iXML" + struct.pack("<I", 0x70000000) + b"<xml/>",
        b"iXML\6",
    ],
)
def test_what_is_malformed_or_huge_in_a_wave_is_dropped(tmp_path: Path, broken: bytes) -> None:
    good = chunk(b"iXML", b"<good/>")
    path = through(build(tmp_path / "in", "WAV", "PCM_16", "FILE", b"", good + broken), tmp_path)[0]
    assert [name for name, _ in walk(path)] == [b"fmt ", b"iXML", b"data"]
    (tmp_path / "in").unlink()


@pytest.mark.parametrize(
    "broken",
    [
        chunk(b"MARK", MARK[:-2], ">"),
        chunk(b"MARK", b"\xff\xff" + MARK, ">"),
        chunk(b"MARK", b"", ">"),
        chunk(b"INST", b"\0" * 19, ">"),
        chunk(b"COMT", b"\0\2\0\0\0\0\0\0\0\1a\0", ">"),
        chunk(b"NAME", b"", ">"),
        chunk(b"MARK", b"\0\0" + bytes(8 << 20), ">"),
    ],
)
def test_what_is_malformed_or_huge_in_an_aiff_is_dropped(tmp_path: Path, broken: bytes) -> None:
    path = through(build(tmp_path / "in", "AIFF", "PCM_16", "FILE", b"", broken), tmp_path)[0]
    assert [name for name, _ in walk(path)] == [b"COMM", b"SSND"]


@pytest.mark.parametrize(
    "broken",
    [
        (4, comment("A=b") + b"\0"),
        (4, struct.pack("<I", 0xFFFFFFFF)),
        (4, comment("A=b").replace(b"A=b", b"A=\xff")),
        (2, b"evil" + bytes(100)),
        (5, CUESHEET[:-1]),
        (5, bytes(395)),
    ],
)
def test_what_is_malformed_in_a_flac_is_dropped(tmp_path: Path, broken: tuple[int, bytes]) -> None:
    source = build_flac(tmp_path / "in", [broken, (1, b"\0" * 10)])
    assert read_extras(source).chunks == ()
    soundfile.write(tmp_path / "plain", np.zeros(10), 44100, format="FLAC")
    with open_writer(tmp_path / "out", probe(tmp_path / "plain"), read_extras(source)) as writer:
        writer.write(np.zeros((1, 10), np.float32))
    assert broken not in walk_flac(tmp_path / "out")


def test_of_each_the_first_is_kept_and_the_total_is_bounded(tmp_path: Path) -> None:
    twice = chunk(b"iXML", b"<a/>") + chunk(b"iXML", b"<b/>") + chunk(b"cue ", cues(0)) * 2
    path = through(build(tmp_path / "in", "WAV", "PCM_16", "FILE", b"", twice), tmp_path)[0]
    assert [content for name, content in walk(path) if name == b"iXML"] == [b"<a/>"]


def test_chunks_are_kept_up_to_a_total(tmp_path: Path) -> None:
    block = (2, b"riff" + bytes((1 << 20) - 4))
    path = through(build_flac(tmp_path / "in", [block] * 20), tmp_path)[0]
    assert [kind for kind, _ in walk_flac(path)].count(2) == 7
    path = through(build_flac(tmp_path / "in", [(2, b"riff" + bytes(8 << 20)), (4, comment("A=b"))]), tmp_path)[0]
    assert [kind for kind, _ in walk_flac(path)][:2] == [0, 4]


def test_a_long_history_of_a_broadcast_wave_is_kept(tmp_path: Path) -> None:
    history = bext() + b"A=PCM,F=44100,W=16,M=mono\r\n" * 70_000
    assert len(history) > 1 << 20
    path = through(build(tmp_path / "in", "WAV", "PCM_16", "FILE", chunk(b"bext", history), b""), tmp_path)[0]
    assert dict(walk(path))[b"bext"] == history


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (b"id3 ", b"TAG" + bytes(20)),
        (b"axml", b"no xml"),
        (b"_PMX", b""),
        (b"chna", struct.pack("<HH", 1, 2) + bytes(40)),
        (b"cart", bytes(2047)),
        (b"DISP", bytes(4)),
    ],
)
def test_further_chunks_that_are_malformed_are_dropped(tmp_path: Path, name: bytes, content: bytes) -> None:
    path = through(build(tmp_path / "in", "WAV", "PCM_16", "FILE", b"", chunk(name, content)), tmp_path)[0]
    assert [kept for kept, _ in walk(path)] == [b"fmt ", b"data"]


@pytest.mark.parametrize(
    "broken", [PICTURE[:-1], PICTURE + b"a", PICTURE[:8], b"", PICTURE[:4] + b"\xff" + PICTURE[5:]]
)
def test_a_picture_that_is_malformed_is_dropped(tmp_path: Path, broken: bytes) -> None:
    source = build_flac(tmp_path / "in", [(6, broken), (4, comment("A=b"))])
    assert [name for name, _ in read_extras(source).chunks] == [b"\4"]


@pytest.mark.parametrize("form", ["RIFF", "AIFF", "fLaC"])
def test_chunks_that_libsndfile_stumbles_over_are_blanked(tmp_path: Path, form: str) -> None:
    bad = {
        "RIFF": ("WAV", Extras(b"RIFF", ((b"data", b"1234"),))),
        "AIFF": ("AIFF", Extras(b"FORM", ((b"NAME", b"x" * 9000),))),
        "fLaC": ("FLAC", Extras(b"fLaC", ((b"\4", comment("A=b")[:-1]),))),
    }
    container, extras = bad[form]
    soundfile.write(tmp_path / "plain", np.zeros(11), 44100, format=container, subtype="PCM_16")
    with open_writer(tmp_path / "out", probe(tmp_path / "plain"), extras) as writer:
        writer.write(np.full((1, 11), 0.5, np.float32))
    assert np.all(soundfile.read(tmp_path / "out")[0] == 0.5)
    if form != "fLaC":  # which libsndfile reads all the same
        assert not [item for item in walk(tmp_path / "out") if item in extras.chunks]


def test_big_endian_wavs_get_none(tmp_path: Path) -> None:
    """libsndfile reads their cue points in the wrong order, and then finds no sound."""
    source = build(tmp_path / "in", "WAV", "PCM_16", "BIG", b"", chunk(b"bext", bext(), ">"))
    assert [name for name, _ in walk(through(source, tmp_path)[0])] == [b"fmt ", b"data"]


def test_another_container_gets_none(tmp_path: Path) -> None:
    source = build(tmp_path / "in", "WAV", "PCM_16", "FILE", chunk(b"bext", bext()), b"")
    for container in ("AIFF", "FLAC", "AU"):
        soundfile.write(tmp_path / "plain", np.zeros(10), 44100, format=container, subtype="PCM_16")
        for name, extras in (("a", read_extras(source)), ("b", None)):
            with open_writer(tmp_path / name, probe(tmp_path / "plain"), extras) as writer:
                writer.write(np.zeros((1, 10), np.float32))
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_missing_file_has_none(tmp_path: Path) -> None:
    assert read_extras(tmp_path / "none").chunks == ()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), form=st.sampled_from(["WAV", "AIFF", "FLAC"]))
def test_random_damage_never_makes_a_wrong_file(tmp_path: Path, data: st.DataObject, form: str) -> None:
    if form == "FLAC":
        source = build_flac(tmp_path / "in", FLAC_BLOCKS)
    elif form == "AIFF":
        extra = b"".join(chunk(*item, ">") for item in AIFF_CHUNKS)
        source = build(tmp_path / "in", "AIFF", "PCM_16", "FILE", extra, b"")
    else:
        extra = b"".join(chunk(*item) for item in riff_chunks())
        source = build(tmp_path / "in", "WAV", "PCM_16", "FILE", extra, b"")
    damaged = bytearray(source.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(40, min(2000, len(damaged) - 1)))] = data.draw(st.integers(0, 255))
    source.write_bytes(damaged)
    plain = tmp_path / "plain"
    soundfile.write(plain, np.zeros(11), 44100, format=form, subtype="PCM_24")
    with open_writer(tmp_path / "out", probe(plain), read_extras(source)) as writer:
        writer.write(np.full((1, 11), 0.5, np.float32))
    (walk_flac if form == "FLAC" else walk)(tmp_path / "out")
    assert probe(tmp_path / "out") == probe(plain)
    assert np.all(soundfile.read(tmp_path / "out")[0] == 0.5)
