"""The minimum requirements of EBU Tech 3341 and 3342, and two other implementations beside ours."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile

from endpoints.loudness.gating import MOMENTARY, SHORT_TERM, loudest, loudness, loudness_range, windows
from tests.endpoints.loudness.measuring import by_ffmpeg, exact_peak, measured, music, tone

STEREO = np.ones((2, 1), np.float32)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(-23, 20)], -23.0),  # Tech 3341, 1
        ([(-33, 20)], -33.0),  # 2
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),  # 3
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),  # 4
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),  # 5
    ],
)
def test_integrated_loudness_by_tech_3341(parts: list[tuple[float, float]], expected: float) -> None:
    found = measured(STEREO * tone(parts))
    assert found.integrated() == pytest.approx(expected, abs=0.1)
    assert found.seconds == pytest.approx(sum(seconds for _, seconds in parts))


def test_surround_by_tech_3341() -> None:
    levels = np.array([-28, -28, -24, -30, -30])[:, None]  # 6: left, right, centre, surrounds
    sound = (10 ** (levels / 20) * tone([(0, 20)])).astype(np.float32)
    assert measured(sound).integrated() == pytest.approx(-23.0, abs=0.1)
    subwoofer = np.insert(sound[:, :96000], 3, tone([(0, 2)]), axis=0)
    assert measured(subwoofer).integrated() == pytest.approx(-23.0, abs=0.1)


def test_short_term_and_momentary_loudness_by_tech_3341() -> None:
    nine = windows(measured(STEREO * tone([(-20, 1.34), (-30, 1.66)] * 5)).powers, SHORT_TERM)
    assert [loudness(power) for power in nine] == pytest.approx([-23.0] * len(nine), abs=0.1)
    for late in (0.0, 0.45, 1.2):  # 10
        ten = measured(STEREO * tone([(-200, late), (-23, 3), (-200, 1)])).powers
        assert (loudest(ten, SHORT_TERM) or (0,))[0] == pytest.approx(-23.0, abs=0.1)
    twelve = windows(measured(STEREO * tone([(-20, 0.18), (-30, 0.22)] * 25)).powers, MOMENTARY)
    assert [loudness(power) for power in twelve] == pytest.approx([-23.0] * len(twelve), abs=0.1)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15)],
)
def test_loudness_range_by_tech_3342(levels: tuple[int, ...], expected: float) -> None:
    found = measured(STEREO * tone([(level, 20) for level in levels], 16000), 16000)
    assert loudness_range(found.powers) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(
    ("divisor", "degrees", "full_scale", "expected"),
    [(4, 0, 0.5, -6.0), (4, 45, 0.5, -6.0), (6, 60, 0.5, -6.0), (8, 67.5, 0.5, -6.0), (4, 45, 1.41, 3.0)],  # 15 to 19
)
def test_true_peak_by_tech_3341(divisor: int, degrees: float, full_scale: float, expected: float) -> None:
    phase = 2 * np.pi * np.arange(48000) / divisor + np.radians(degrees)
    fade = np.minimum(1, np.minimum(np.arange(48000), np.arange(48000)[::-1]) / 4800)
    found = measured((full_scale * fade * np.sin(phase)).astype(np.float32)[None]).peak
    assert expected - 0.4 < found.decibels < expected + 0.2
    assert found.decibels == pytest.approx(20 * np.log10(full_scale), abs=0.02)


# The high pass of pyloudnorm (and of ffmpeg) gains 0.05 dB more at 22050 Hz than at 48 kHz, and 0.02 less at 96 kHz.
@pytest.mark.parametrize(("rate", "near"), [(22050, 0.06), (44100, 0.02), (48000, 0.005), (96000, 0.03)])
def test_as_loud_as_pyloudnorm_finds_it(rate: int, near: float) -> None:
    sound = music(6, rate)
    reference = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(sound.T.astype(np.float64))
    assert measured(sound, rate).integrated() == pytest.approx(reference, abs=near)


@pytest.mark.parametrize("channels", [1, 5])
def test_channels_count_as_pyloudnorm_counts_them(channels: int) -> None:
    sound = music(4, 48000, channels)
    reference = pyloudnorm.Meter(48000, filter_class="DeMan").integrated_loudness(sound.T.astype(np.float64))
    assert measured(sound).integrated() == pytest.approx(reference, abs=0.02)


def test_its_range_is_as_wide_as_pyloudnorm_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # It puts silence after the sound; ffmpeg and we do not.
    monkeypatch.setattr(pyloudnorm.Meter, "_append_silence", lambda _, data, **__: data)
    sound = music(20, 22050)
    reference = pyloudnorm.Meter(22050, filter_class="DeMan").loudness_range(sound.T.astype(np.float64))
    assert loudness_range(measured(sound, 22050).powers) == pytest.approx(reference, abs=0.1)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
@pytest.mark.parametrize("rate", [44100, 48000])
def test_as_ffmpeg_finds_it(tmp_path: Path, rate: int) -> None:
    sound = music(12, rate)
    soundfile.write(tmp_path / "music.wav", sound.T, rate, "FLOAT")
    level, span, peak = by_ffmpeg(tmp_path / "music.wav")
    found = measured(sound, rate)
    assert found.integrated() == pytest.approx(level, abs=0.1)
    assert loudness_range(found.powers) == pytest.approx(span, abs=0.15)  # it tells tenths
    assert found.peak.decibels == pytest.approx(peak, abs=0.1)


@pytest.mark.parametrize("rate", [4000, 8000, 11025, 22050, 96000])
def test_a_sound_is_as_loud_at_any_rate(rate: int) -> None:
    sound = music(4, min(rate, 48000))
    there = np.fft.rfft(sound)
    at_48, at_rate = (
        (np.fft.irfft(there, 4 * new) * (4 * new / sound.shape[1])).astype(np.float32) for new in (48000, rate)
    )
    assert measured(at_rate, rate).integrated() == pytest.approx(measured(at_48).integrated(), abs=0.03)


@pytest.mark.parametrize("rate", [11025, 44100])
def test_blocks_make_no_difference(rate: int) -> None:
    sound = music(2.37, rate)
    whole, parts = measured(sound, rate, 10**9), measured(sound, rate, 997)
    assert len(whole.powers) == 23 and len(whole.peaks) == 24
    assert parts.powers == pytest.approx(whole.powers, rel=1e-5)
    assert parts.peaks == pytest.approx(whole.peaks, rel=1e-5)
    assert parts.peak.level == pytest.approx(whole.peak.level) and parts.peak.at == whole.peak.at
    assert whole.peak.level == whole.peaks.max()
    assert whole.peak.decibels == pytest.approx(exact_peak(sound), abs=0.2)
    before = int(whole.peak.at * rate)
    assert np.abs(sound[whole.peak.channel, before : before + 2]).max() > 0.8 * whole.peak.level


def test_what_is_shorter_than_a_block_is_measured_as_a_whole() -> None:
    short = measured(STEREO * tone([(-23, 0.25)]))
    assert short.too_short
    assert short.integrated() == pytest.approx(-23.0, abs=0.2)
    one = measured(np.full((1, 1), 0.5, np.float32))
    assert one.peak.level == pytest.approx(0.5) and np.isfinite(one.integrated())


def test_silence_has_no_loudness() -> None:
    for sound in (np.zeros((2, 48000), np.float32), STEREO * tone([(-75, 2)])):
        found = measured(sound)
        assert found.integrated() == -np.inf
        assert loudness_range(found.powers) is None
    assert measured(np.zeros((1, 48000), np.float32)).peak.decibels == -np.inf
