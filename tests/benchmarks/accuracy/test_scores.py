"""The scores that are our own, on results of which the score is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.audacitorch.note_names import note_pitch
from benchmarks.accuracy.comparing import Case, Method, compare
from benchmarks.accuracy.peers.pitch_curves import notes_of
from benchmarks.accuracy.tasks.denoising import aligned, si_sdr
from benchmarks.accuracy.tasks.harmony import harte, key_name
from benchmarks.accuracy.voices import RATE, active


def test_si_sdr_is_the_ratio_that_was_mixed_whatever_the_level() -> None:
    random = np.random.default_rng(0)
    voice = random.standard_normal(50_000)
    noise = random.standard_normal(50_000)
    noise -= voice * np.dot(noise, voice) / np.dot(voice, voice)
    noise *= np.sqrt(np.sum(voice**2) / np.sum(noise**2)) * 10 ** (-7.0 / 20)
    assert si_sdr(voice, 0.3 * (voice + noise)) == pytest.approx(7.0, abs=1e-6)


@pytest.mark.parametrize("delay", [0, 441, 1440, -300])
def test_a_delay_is_taken_out(delay: int) -> None:
    voice = np.random.default_rng(1).standard_normal(30_000)
    padded = np.pad(voice, 5000)
    late = padded[5000 - delay : 35_000 - delay]
    inside = slice(2000, 28_000)
    np.testing.assert_allclose(aligned(voice, late)[inside], voice[inside])


def test_speech_is_where_the_clean_voice_is_not_silent() -> None:
    time = np.arange(3 * RATE) / RATE
    spoken = ((time > 0.5) & (time < 1.0)) | ((time > 1.1) & (time < 1.5)) | ((time > 2.0) & (time < 2.6))
    found = active(np.where(spoken, np.sin(2 * np.pi * 200 * time), 0.0))
    np.testing.assert_allclose(found, [(0.5, 1.5), (2.0, 2.6)], atol=0.011)  # 0.1 s is no pause


def test_names_of_others_are_read() -> None:
    assert [harte(name) for name in ("C#m", "A", "N", "Bb7", "G:maj", "E♭m", "?")] == [
        "C#:min", "A:maj", "N", "Bb:7", "G:maj", "Eb:min", "N",
    ]  # fmt: skip
    assert [key_name(name) for name in ("A minor", "Ebm", "F# major", "C", "120 BPM")] == [
        "A minor", "Eb minor", "F# major", "C major", "",
    ]  # fmt: skip
    assert [note_pitch(name) for name in ("A4", "C#3", "Bb-1", "speech")] == [69, 49, 10, None]


def test_a_pitch_curve_becomes_notes() -> None:
    curve = np.concatenate([np.full(20, np.nan), np.full(50, 60.1), np.full(40, 62.3), np.full(30, np.nan)])
    assert notes_of(curve, 0.01) == [
        pytest.approx((0.2, 0.7, 60.0), abs=0.03),
        pytest.approx((0.7, 1.1, 62.0), abs=0.03),
    ]


def test_methods_are_compared_and_who_is_missing_or_fails_is_named(tmp_path: Path) -> None:
    cases = [Case(name, tmp_path / name, value) for name, value in (("one", 1.0), ("two", 2.0), ("three", 3.0))]

    def absent() -> object:
        raise ModuleNotFoundError("No module named 'nobody'")

    def failing(wav: Path) -> float:
        if wav.name == "two":
            raise ValueError("too short")
        return float(len(wav.name))

    methods = [
        Method("Harpist", "", lambda: lambda wav: float(len(wav.name))),
        Method("numpy", "numpy", lambda: failing),
        Method("nobody", "numpy", absent),
        Method("not there", "no-such-distribution", absent),
    ]
    report = compare("Counting", cases, methods, lambda case, found: {"score": found / case.truth}, "score")

    assert [row[1].split()[0] for row in report.rows] == ["**Harpist**", "numpy"]
    assert report.rows[0][2] == "score 2.06" and report.rows[1][2] == "score 2.33"  # the mean of 3, 1.5, 5/3; of 3, 5/3
    said = "\n".join(report.notes)
    assert "nobody did not run" in said and "no-such-distribution is not installed" in said
    assert "failed on two" in said
    assert [(weak.score, weak.case, weak.value) for weak in report.worst[:2]] == [
        ("score", "two", "1.50"),
        ("score", "three", "1.67"),
    ]
