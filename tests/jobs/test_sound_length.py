"""How much sound a file counts for: as long as it is, whatever it is packed in and whatever it says."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.config import Settings
from app.endpoint import TrackFile
from app.errors import LimitError
from app.jobs.admission import Admission
from app.jobs.job import Caller
from app.jobs.sound_length import sound_seconds


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.ogg"])
def test_a_region_counts_as_long_as_it_is(name: str, tmp_path: Path):
    path = tmp_path / name
    soundfile.write(path, np.random.default_rng(1).normal(0, 0.1, (30 * 44_100, 2)), 44_100)

    def admitted(minutes: float) -> float:
        settings = Settings(home=tmp_path, longest_region=minutes)
        return Admission(settings).admit(Caller("192.0.2.7"), [TrackFile(path, name)], [])

    assert admitted(0.6) == pytest.approx(30.0, abs=0.3)
    with pytest.raises(LimitError, match=r"and this is 0\.5\d? min;"):
        admitted(0.4)


def test_what_says_less_than_can_be_counts_by_its_size(tmp_path: Path):
    soundfile.write(tmp_path / "a.ogg", np.random.default_rng(1).normal(0, 0.1, (30 * 44_100, 2)), 44_100)
    ogg = bytearray((tmp_path / "a.ogg").read_bytes())
    at = ogg.rfind(b"OggS") + 6
    ogg[at : at + 8] = bytes(8)
    lying, other = tmp_path / "lying.ogg", tmp_path / "song.m4a"
    lying.write_bytes(ogg)
    other.write_bytes(bytes(16_000 * 60))
    assert sound_seconds(lying) >= len(ogg) / 64_000
    assert sound_seconds(other) == pytest.approx(60.0)


def test_anything_is_read_without_a_fault(tmp_path: Path):
    chance, path = random.Random(1), tmp_path / "any"
    heads = (b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f", b"OggS", b"OggS\x01vorbis", b"OggSOpusHead", b"\xff\xfb", b"", b"\xff")
    for _ in range(300):
        path.write_bytes(chance.choice(heads) + chance.randbytes(chance.randrange(80)) + chance.choice(heads))
        assert 0.0 <= sound_seconds(path) <= 86_400.0
