from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.endpoint import FileOutput
from endpoints.loudness.normalization import LIMIT, QUIETER, LoudnessNormalization
from tests.endpoints.loudness.measuring import Job, by_ffmpeg, exact_peak, measured, music, region, tone


def normalized(path: Path, target: float, ceiling: float = -1.0, peaks: str = QUIETER) -> FileOutput:
    job = Job()
    controls = {"target": target, "ceiling": ceiling, "peaks": peaks}
    (made,) = LoudnessNormalization().process(region(path, path.parent / "out"), controls, job)
    assert isinstance(made, FileOutput) and job.fractions[-1] <= 1.0 and len(job.fractions) > 2
    return made


def written(path: Path, sound: np.ndarray, rate: int, subtype: str = "FLOAT") -> Path:
    soundfile.write(path, sound.T, rate, subtype)
    return path


def test_a_gain_changes_nothing_but_the_level(tmp_path: Path) -> None:
    sound = music(4, 44100)
    path = written(tmp_path / "music.wav", sound, 44100)
    made = normalized(path, -30.0)
    result, rate = soundfile.read(made.path, dtype="float32")
    assert rate == 44100 and soundfile.info(made.path).subtype == "FLOAT"
    gain = 10 ** ((-30.0 - measured(sound, 44100).integrated()) / 20)
    assert np.abs(result.T - gain * sound).max() < 1e-6
    assert measured(result.T, 44100).integrated() == pytest.approx(-30.0, abs=0.01)
    assert made.notice.startswith("From -") and "to -30.0 LUFS" in made.notice


def test_peaks_hold_it_back_and_it_says_by_how_much(tmp_path: Path) -> None:
    path = written(tmp_path / "music.aiff", music(4, 44100), 44100, "PCM_16")
    made = normalized(path, -5.0)
    result, _ = soundfile.read(made.path, dtype="float32")
    assert soundfile.info(made.path).subtype == "PCM_16" and made.path.suffix == ".aiff"
    found = measured(result.T, 44100)
    assert found.peak.decibels == pytest.approx(-1.1, abs=0.02) and exact_peak(result.T) < -1.0
    assert f"That is {-5.0 - found.integrated():.1f} LU below the target" in made.notice and LIMIT in made.notice


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
@pytest.mark.parametrize("ceiling", [-1.0, -3.0])
def test_with_a_limiter_it_reaches_the_target_under_the_ceiling(tmp_path: Path, ceiling: float) -> None:
    sound = music(3, 44100)
    path = written(tmp_path / "music.wav", sound, 44100, "PCM_24")
    before = measured(sound, 44100)
    target = round(before.integrated() - before.peak.decibels + ceiling + 4.0, 1)
    made = normalized(path, target, ceiling, LIMIT)
    level, _, peak = by_ffmpeg(made.path)
    assert level == pytest.approx(target, abs=0.1)
    assert peak <= ceiling + 0.05  # it tells tenths
    result, _ = soundfile.read(made.path, dtype="float32")
    assert result.T.shape == sound.shape
    assert exact_peak(result.T) < ceiling
    assert "Peaks were limited by up to" in made.notice and "below the target" not in made.notice


def test_double_precision_stays(tmp_path: Path) -> None:
    sound = np.tile(music(2, 22050).astype(np.float64) * (1 + 1e-12), 1)
    made = normalized(written(tmp_path / "fine.wav", sound, 22050, "DOUBLE"), -40.0)
    result = soundfile.read(made.path)[0].T
    ratio = result[np.abs(sound) > 0.1] / sound[np.abs(sound) > 0.1]
    assert np.ptp(ratio) < 1e-13


@pytest.mark.parametrize("sound", [np.zeros((2, 30000), np.float32), tone([(-80, 1)], 44100)])
def test_silence_is_left_as_it_is(tmp_path: Path, sound: np.ndarray) -> None:
    made = normalized(written(tmp_path / "quiet.wav", sound, 44100), -14.0)
    assert np.array_equal(soundfile.read(made.path, dtype="float32", always_2d=True)[0].T, sound)
    assert made.notice == "It holds no sound above -70 LUFS, and was left as it is."


def test_a_short_stroke_is_brought_to_the_target(tmp_path: Path) -> None:
    made = normalized(written(tmp_path / "stroke.wav", tone([(-30, 0.1)], 44100), 44100), -23.0)
    result, _ = soundfile.read(made.path, dtype="float32", always_2d=True)
    assert measured(result.T, 44100).integrated() == pytest.approx(-23.0, abs=0.01)
    assert "shorter than 0.4 s" in made.notice
