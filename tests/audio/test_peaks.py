from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.io import AudioFormat, probe
from app.audio.peaks import playable, write_preview


@pytest.mark.parametrize("samples", [1, 2, 1199, 1200, 1201, 200_003])
def test_the_outline_is_that_of_the_samples(tmp_path: Path, samples: int) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (samples, 2)).astype(np.float32)
    soundfile.write(tmp_path / "in", x, 48000, format="WAV", subtype="FLOAT")
    peaks, written = write_preview(tmp_path / "in", tmp_path / "out.wav")
    columns = min(1200, samples)
    owner = np.arange(samples) * columns // samples
    expected = [(x[owner == c].min(), x[owner == c].max()) for c in range(columns)]
    outline = np.array([peaks.minimum, peaks.maximum]).T
    assert outline == pytest.approx(np.array(expected), abs=6e-5)
    assert (peaks.seconds, peaks.channels, peaks.sample_rate) == (samples / 48000, 2, 48000)
    assert not written
    assert not (tmp_path / "out.wav").exists()


def test_louder_than_full_scale_is_drawn_at_full_scale(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "in", np.array([3.0, -2.0]), 48000, format="WAV", subtype="FLOAT")
    peaks, _ = write_preview(tmp_path / "in", tmp_path / "out.wav")
    assert (peaks.minimum, peaks.maximum) == ((1.0, -1.0), (1.0, -1.0))


@pytest.mark.parametrize(
    ("container", "subtype", "channels"),
    [("AIFF", "PCM_16", 2), ("RF64", "PCM_24", 1), ("WAV", "DOUBLE", 2), ("WAV", "PCM_16", 6), ("FLAC", "PCM_24", 8)],
)
def test_a_browser_gets_a_copy_that_it_plays(tmp_path: Path, container: str, subtype: str, channels: int) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (5000, channels))
    soundfile.write(tmp_path / "in", x, 96000, format=container, subtype=subtype)
    peaks, written = write_preview(tmp_path / "in", tmp_path / "out.wav")
    assert written
    fmt = probe(tmp_path / "out.wav")
    assert fmt == AudioFormat(96000, min(channels, 2), 5000, "WAV", "PCM_16")
    assert playable(fmt)
    copy = soundfile.read(tmp_path / "out.wav", always_2d=True)[0]
    if channels <= 2:
        assert np.abs(copy - x).max() < 1e-4
    else:
        left, right = x[:, 0], x[:, 1]
        rest, level = x[:, 2:].sum(axis=1) / 2, channels / 2
        assert np.abs(copy - np.stack([left + rest, right + rest], 1) / level).max() < 1e-4
    assert peaks.channels == channels


@pytest.mark.parametrize(("container", "subtype"), [("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"), ("FLAC", "PCM_16")])
def test_what_browsers_play_is_left_alone(tmp_path: Path, container: str, subtype: str) -> None:
    soundfile.write(tmp_path / "in", np.zeros((5000, 2)), 44100, format=container, subtype=subtype)
    assert not write_preview(tmp_path / "in", tmp_path / "out.wav")[1]
