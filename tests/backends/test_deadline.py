"""A job's deadline grows with its region."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.backends.deadline import deadline, region_seconds


@pytest.mark.parametrize("suffix", ["wav", "aiff", "flac"])
def test_the_header_tells_the_length(suffix: str, tmp_path: Path) -> None:
    soundfile.write(tmp_path / f"a.{suffix}", np.zeros((12_000, 2)), 8000)
    assert region_seconds(tmp_path / f"a.{suffix}") == 1.5


def test_what_is_compressed_is_never_guessed_short(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 44_100 * 5)
    for suffix in ("ogg", "mp3"):
        soundfile.write(tmp_path / f"a.{suffix}", noise, 44_100)
        assert 5 <= region_seconds(tmp_path / f"a.{suffix}") < 100


def test_the_longest_region_counts(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", np.zeros(8000 * 90), 8000)
    soundfile.write(tmp_path / "short.wav", np.zeros(8000), 8000)
    (tmp_path / "liar.wav").write_bytes(
        (tmp_path / "short.wav").read_bytes().replace((8000).to_bytes(4, "little"), b"\1\0\0\0")
    )
    assert deadline([tmp_path / "long.wav", tmp_path / "short.wav"], 600.0, 300.0) == 1050
    assert deadline([], 600.0, 300.0) == 600
    assert deadline([tmp_path / "none.wav"], 600.0, 300.0) == 600
    assert deadline([tmp_path / "liar.wav"], 0.0, 60.0) <= 24 * 3600
