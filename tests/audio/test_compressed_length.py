"""The length of compressed files, by what they say, against what a sound library finds in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.compressed_length import compressed_seconds


def written(path: Path, seconds: float, rate: int, channels: int, **how: object) -> Path:
    noise = np.random.default_rng(1).normal(0, 0.1, (round(seconds * rate), channels))
    soundfile.write(path, noise, rate, **how)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("rate", [44_100, 48_000, 22_050, 16_000, 8_000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
def test_an_mp3_is_as_long_as_it_says(rate: int, channels: int, mode: str, tmp_path: Path):
    path = written(tmp_path / "a.mp3", 7.0, rate, channels, bitrate_mode=mode)
    assert compressed_seconds(path) == pytest.approx(7.0, abs=0.3)
    path.write_bytes(b"ID3\x04\x00\x00\x00\x00\x20\x00" + bytes(4096) + path.read_bytes())
    assert compressed_seconds(path) == pytest.approx(7.0, abs=0.3)


@pytest.mark.parametrize(("subtype", "rate"), [("VORBIS", 44_100), ("OPUS", 48_000), ("OPUS", 16_000)])
def test_an_ogg_file_is_as_long_as_it_says(subtype: str, rate: int, tmp_path: Path):
    path = written(tmp_path / "a.ogg", 7.0, rate, 2, subtype=subtype)
    assert compressed_seconds(path) == pytest.approx(7.0, abs=0.1)
