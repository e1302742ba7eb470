"""Compressed files as Chromium, FFmpeg and libsndfile hear them, and as they are read here: one run, one answer."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Page

from app.audio.io import open_reader
from tests.audio.mp3_files import encode, id3, with_vbri, without_delays, without_header

DECODE = """async ([data, rate]) => {
    const file = Uint8Array.from(atob(data), (one) => one.charCodeAt(0)).buffer;
    const sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(file);
    return [...Array(sound.numberOfChannels).keys()].map((channel) => {
        const bytes = new Uint8Array(sound.getChannelData(channel).buffer);
        let text = "";
        for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
        return btoa(text);
    });
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    made = browser.new_page()
    yield made
    made.close()


def by_chromium(page: Page, path: Path, rate: int) -> np.ndarray:
    channels = page.evaluate(DECODE, [base64.b64encode(path.read_bytes()).decode(), rate])
    return np.stack([np.frombuffer(base64.b64decode(channel), "<f4") for channel in channels])


def by_ffmpeg(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


def by_libsndfile(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="float32", always_2d=True)[0].T


def by_us(path: Path) -> np.ndarray:
    blocks = []
    with open_reader(path) as reader:
        while (block := reader.read()).shape[1]:
            blocks.append(block)
    return np.concatenate(blocks, axis=1)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and bool(np.abs(one - other).max() < 1e-4)


def unchanged(data: bytes) -> bytes:
    return data


@pytest.mark.parametrize(
    ("mode", "rate", "channels", "change", "libsndfile"),
    [
        ("VARIABLE", 44100, 2, unchanged, True),
        ("VARIABLE", 44100, 2, without_header, False),  # libsndfile guesses the length
        ("AVERAGE", 48000, 1, without_header, False),
        ("CONSTANT", 44100, 2, without_header, True),
        ("CONSTANT", 22050, 2, without_header, True),
        ("CONSTANT", 11025, 1, without_header, True),
        ("CONSTANT", 8000, 1, without_header, True),
        ("VARIABLE", 44100, 1, without_delays, False),  # libsndfile leaves out 529 samples
        ("VARIABLE", 8000, 1, without_delays, False),
        ("CONSTANT", 44100, 2, with_vbri, False),  # libsndfile takes the header for sound
        ("VARIABLE", 24000, 2, with_vbri, False),
        ("VARIABLE", 44100, 2, lambda data: id3(100) + id3(70_000) + without_header(data), True),
        ("CONSTANT", 44100, 2, lambda data: id3(100, footer=True) + data, True),
        ("CONSTANT", 44100, 2, lambda data: bytes(10) + b"\r\n" + data, False),
    ],
)
def test_an_mp3_is_one_sound_to_all(
    page: Page,
    tmp_path: Path,
    mode: str,
    rate: int,
    channels: int,
    change: Callable[[bytes], bytes],
    libsndfile: bool,
) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(change(encode(path, mode, rate, channels, seconds=2).read_bytes()))
    heard = by_us(path)
    assert same(heard, by_ffmpeg(path))
    assert same(heard, by_chromium(page, path, rate))
    assert same(heard, by_libsndfile(path)) == libsndfile


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_all_of_joined_ogg_files_is_heard(page: Page, tmp_path: Path, subtype: str) -> None:
    file = io.BytesIO()
    samples = np.random.default_rng(0).normal(0, 0.05, (48000, 2))
    soundfile.write(file, samples, 48000, format="OGG", subtype=subtype)
    path = tmp_path / "a.ogg"
    path.write_bytes(file.getvalue() * 2)
    heard = by_us(path)
    assert heard.shape == (2, 96000)
    assert by_libsndfile(path).shape == (2, 48000)
    # These two also let hear what an encoder put behind the first sound, or before the second.
    for other in (by_ffmpeg(path), by_chromium(page, path, 48000)):
        assert 0 <= other.shape[1] - heard.shape[1] < 1024
        assert np.abs(other[:, :47000] - heard[:, :47000]).max() < 0.02
