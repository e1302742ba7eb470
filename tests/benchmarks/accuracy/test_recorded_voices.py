"""Recordings are those of the packages that are named, or it is said which package to install."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.accuracy import recorded_voices as module
from benchmarks.accuracy.programs import RATE, MissingProgramError
from benchmarks.accuracy.recorded_voices import OF_GAMES, READING, recorded_voices


@pytest.fixture
def sounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in the place of /usr/share in which two recordings of one speaker lie, a second each."""
    monkeypatch.setattr(module, "_SOUNDS", tmp_path / "share")
    folder = tmp_path / "share" / "there"
    folder.mkdir(parents=True)
    digest = hashlib.sha256()
    for name, level in (("a", 0.1), ("b", 0.4)):
        soundfile.write(folder / f"{name}.wav", level * np.sin(np.arange(16_000) / 10.0), 16_000)
        digest.update((folder / f"{name}.wav").read_bytes())
    speaker = module._Speaker("a-package", "there", ("a", "b"), digest.hexdigest(), ".wav")
    monkeypatch.setattr(module, "_SPEAKERS", {"somebody": speaker})
    return folder


def test_recordings_follow_each_other_each_as_loud(sounds: Path, tmp_path: Path) -> None:
    (voice,) = recorded_voices(tmp_path)
    samples, rate = soundfile.read(voice.wav)
    assert rate == RATE and len(samples) / rate == pytest.approx(1.98, abs=1e-3)
    early, late = (np.abs(samples[place : place + RATE // 2]).max() for place in (RATE // 4, RATE + RATE // 4))
    assert early == pytest.approx(0.5, abs=0.02) and late == pytest.approx(0.5, abs=0.02)
    assert voice.spoken == (pytest.approx((0.0, 1.98), abs=0.02),)


def test_other_recordings_under_the_same_names_are_not_measured(sounds: Path, tmp_path: Path) -> None:
    soundfile.write(sounds / "b.wav", np.zeros(16_000), 16_000)
    with pytest.raises(MissingProgramError, match=r"of 'somebody' are not those .* a-package of another version"):
        recorded_voices(tmp_path)


def test_what_is_missing_is_said_with_its_package(sounds: Path, tmp_path: Path) -> None:
    (sounds / "a.wav").unlink()
    with pytest.raises(MissingProgramError, match=r"no .*/there/a\.wav: install Debian's package a-package"):
        recorded_voices(tmp_path)


def test_every_speaker_is_in_one_set() -> None:
    assert sorted(OF_GAMES + READING) == sorted(module._SPEAKERS)
