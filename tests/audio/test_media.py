import sys
from pathlib import Path

import av
import numpy as np
import pytest

from app.audio.formats import output_format
from app.audio.io import open_reader, probe
from app.errors import AudioFileError
from tests.audio.media_files import WIDE_FLAC, encode

RATE = 48000
AAC = ("ipod", "aac", "fltp")
RECORDED = {
    "m4a": AAC,
    "webm": ("webm", "libopus", "flt"),
    "aac": ("adts", "aac", "fltp"),
    "mkv": ("matroska", *AAC[1:]),
}


def noise(samples: int = 40_000, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.05, (channels, samples))


def integers(bits: int) -> np.ndarray:
    """Return samples of so many bits, as FFmpeg holds them: 16 bits, or those of 32 that come first."""
    samples = np.random.default_rng(0).integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (2, 40_000))
    return samples.astype(np.int16) if bits == 16 else (samples << (32 - bits)).astype(np.int32)


def lossy(kind: str, samples: np.ndarray | None = None) -> bytes:
    container, codec, form = RECORDED[kind]
    return encode(container, codec, (noise() if samples is None else samples).astype(np.float32), RATE, form)


def decode(path: Path, block: int = 5000) -> np.ndarray:
    with open_reader(path) as reader:
        parts = []
        while (part := reader.read(block)).shape[1]:
            parts.append(part)
        assert reader.position == sum(part.shape[1] for part in parts)
    return np.concatenate(parts, axis=1)


def decode_bytes(folder: Path, data: bytes) -> np.ndarray:
    (folder / "a").write_bytes(data)
    return decode(folder / "a")


@pytest.mark.parametrize("kind", RECORDED)
def test_what_phones_and_browsers_record(tmp_path: Path, kind: str) -> None:
    samples = noise()
    samples[:, 20_000:20_400] += 0.5 * np.hanning(400)
    data = lossy(kind, samples)
    sound = decode_bytes(tmp_path, data)
    fmt = probe(tmp_path / "a")
    assert (fmt.sample_rate, fmt.channels) == (RATE, 2)
    assert sound.shape[1] <= fmt.samples < sound.shape[1] + 4 * 1024
    assert 40_000 <= sound.shape[1] < 40_000 + 4 * 1024, "all of it, and what the encoder added"
    smooth = np.convolve(np.abs(sound[0]), np.hanning(400), "same")
    # Bare AAC tells nobody how late its encoder made it: 1,024 samples.
    assert abs(int(smooth.argmax()) - 20_200 - (1024 if kind == "aac" else 0)) < 50, "nothing is shifted"
    assert np.array_equal(decode(tmp_path / "a", 777), sound)
    back = output_format(fmt)
    assert (back.container, back.subtype, back.sample_rate) == ("WAV", "PCM_24", RATE)


def test_a_recording_that_tells_no_length_is_counted(tmp_path: Path) -> None:
    """As Chromium's recorder writes it, while it is being made."""
    data = encode("webm", "libopus", noise().astype(np.float32).copy(), RATE, "flt", None, {"live": "1"})
    sound = decode_bytes(tmp_path, data)
    with av.open(str(tmp_path / "a")) as container:
        assert container.duration is None
    assert probe(tmp_path / "a").samples == sound.shape[1] >= 40_000


@pytest.mark.parametrize(
    ("container", "codec", "form", "bits"),
    [
        ("ipod", "alac", "s16p", 16),
        ("ipod", "alac", "s32p", 24),
        ("matroska", "flac", "s16", 16),
        ("matroska", "flac", "s32", 24),
        ("mov", "pcm_s16le", "s16", 16),
        ("mov", "pcm_s24le", "s32", 24),
        ("flac", "flac", "s32", 32),
    ],
)
def test_lossless_sound_keeps_its_bits(tmp_path: Path, container: str, codec: str, form: str, bits: int) -> None:
    samples = integers(bits)
    sound = decode_bytes(tmp_path, encode(container, codec, samples, RATE, form, WIDE_FLAC if bits == 32 else None))
    assert np.array_equal(sound, samples / 2.0 ** (15 if bits == 16 else 31))
    fmt = probe(tmp_path / "a")
    # Matroska counts in milliseconds.
    assert 40_000 <= fmt.samples <= (42_048 if container == "matroska" else 40_000)
    back = output_format(fmt)
    assert (back.container, back.subtype) == ("WAV", f"PCM_{bits}")


def test_six_channels_stay_six(tmp_path: Path) -> None:
    samples = (integers(16).repeat(3, axis=0) * np.linspace(0.1, 1, 6)[:, None]).astype(np.int16)
    assert np.array_equal(decode_bytes(tmp_path, encode("ipod", "alac", samples, RATE, "s16p")), samples / 2.0**15)


def test_the_sound_of_a_film_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as output:
        pictures = output.add_stream("mpeg4", rate=25, width=64, height=64, pix_fmt="yuv420p")
        sound = output.add_stream("aac", rate=RATE, layout="mono", format="fltp")
        sound.codec_context.open()
        for number in range(50):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), number, np.uint8), "rgb24")
            output.mux(pictures.encode(frame))
        for at in range(0, RATE, 1024):
            block = av.AudioFrame.from_ndarray(noise(1024, 1).astype(np.float32), "fltp", "mono")
            block.sample_rate, block.pts = RATE, at
            output.mux(sound.encode(block))
        output.mux(sound.encode(None))
        output.mux(pictures.encode(None))
    assert decode(path).shape[1] >= RATE
    with av.open(str(path), "w") as output:
        pictures = output.add_stream("mpeg4", rate=25, width=64, height=64, pix_fmt="yuv420p")
        output.mux(pictures.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")))
        output.mux(pictures.encode(None))
    with pytest.raises(AudioFileError, match=r"is MP4 or M4A .* and holds no sound"):
        probe(path)


@pytest.mark.parametrize("kind", [*RECORDED, "flac"])
def test_without_pyav_a_sentence_says_what_to_install(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(
        encode("flac", "flac", integers(32), RATE, "s32", WIDE_FLAC) if kind == "flac" else lossy(kind)
    )
    monkeypatch.setitem(sys.modules, "av", None)
    named = {
        "m4a": "MP4 or M4A",
        "webm": "WebM or Matroska",
        "mkv": "WebM",
        "aac": "bare AAC",
        "flac": "FLAC with 32-bit",
    }
    with pytest.raises(AudioFileError) as caught:
        probe(tmp_path / "a")
    assert named[kind] in caught.value.message
    assert "“pip install -r requirements-media.txt”" in caught.value.message


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.85])
def test_a_file_cut_short_is_refused(tmp_path: Path, kept: float) -> None:
    aac = noise(10 * RATE).astype(np.float32)
    for codec, samples, form, moved in (
        ("aac", aac, "fltp", {}),
        ("aac", aac, "fltp", {"movflags": "faststart"}),
        ("alac", integers(16), "s16p", {"movflags": "faststart"}),
    ):
        data = encode("ipod", codec, samples, RATE, form, None, moved)
        (tmp_path / "a").write_bytes(data[: int(len(data) * kept)])
        with pytest.raises(AudioFileError, match="cut short") as caught:
            decode(tmp_path / "a")
        assert str(tmp_path) not in caught.value.message


@pytest.mark.parametrize("kind", RECORDED)
def test_damage_ends_in_a_sentence(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(0)
    good = lossy(kind)
    for _ in range(40):
        data = bytearray(good)
        for _ in range(int(rng.integers(1, 60))):
            data[rng.integers(12, len(data))] = rng.integers(256)
        try:
            sound = decode_bytes(tmp_path, bytes(data))
        except AudioFileError as error:
            assert "Error" not in error.message
            assert str(tmp_path) not in error.message
        else:
            assert np.isfinite(sound).all()


def test_a_play_list_is_no_sound(tmp_path: Path) -> None:
    """FFmpeg would open whatever it names."""
    decoy = tmp_path / "decoy.m4a"
    decoy.write_bytes(lossy("m4a"))
    for text in (f"#EXTM3U\n#EXTINF:1,\n{decoy}\n", f"ffconcat version 1.0\nfile {decoy}\n"):
        (tmp_path / "a.m4a").write_text(text)
        with pytest.raises(AudioFileError, match="not sound"):
            probe(tmp_path / "a.m4a")
