from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.endpoint import TextOutput
from app.harp.labels import LabelList, OutputLabel, contrast_with_white
from endpoints.loudness.report import LoudnessReport, labels, overs, summary
from tests.endpoints.loudness.measuring import Job, measured, music, region, tone


def test_the_summary_tells_each_measure() -> None:
    text = summary(measured(np.repeat(tone([(-30, 20), (-20, 20)]), 2, 0))).splitlines()
    assert text[0] == "-22.6 LUFS, range 10.0 LU, true peak -20.0 dBTP"
    assert text[1:] == [
        "Integrated loudness: -22.6 LUFS",
        "Loudest 3 s (short-term): -20.0 LUFS at 0:20.0",
        "Loudest 0.4 s (momentary): -20.0 LUFS at 0:20.0",
        "Loudness range: 10.0 LU (under a minute of sound: of little meaning)",
        text[5],
        "Peak to loudness: 2.6 LU",
        "Gain to -14 LUFS: +8.6 dB; to -23 LUFS: -0.4 dB",
    ]
    assert text[5].startswith("True peak: -20.0 dBTP at 0:")


def test_silence_and_clicks_have_a_summary_too() -> None:
    assert summary(measured(np.zeros((2, 48000), np.float32))).splitlines() == [
        "under -70 LUFS, true peak silence",
        "Integrated loudness: under -70 LUFS",
    ]
    short = summary(measured(tone([(-20, 0.2)])))
    assert "shorter than 0.4 s" in short and "Loudest" not in short


def test_labels_stand_where_the_sound_is() -> None:
    sound = tone([(-30, 6), (-20, 3), (-30, 6)])
    sound[0, round(5.05 * 48000)] = 1.2
    made = labels(measured(sound), 3.0, -1.0)
    assert [label.t for label in made] == sorted(label.t for label in made)
    course = [label for label in made if isinstance(label, OutputLabel)]
    assert [(label.t, label.duration) for label in course] == [(start, 3.0) for start in (0.0, 3.0, 6.0, 9.0, 12.0)]
    assert [label.label for label in course] == [
        "-33.0 LUFS",
        course[1].label,
        "-23.0 LUFS",
        "-33.0 LUFS",
        "-33.0 LUFS",
    ]
    others = {label.label: label for label in made if label not in course}
    assert others["loudest 3 s: -23.0 LUFS"].t == pytest.approx(6.0)
    assert others["true peak +1.6 dBTP"].t == pytest.approx(5.05, abs=1e-4)
    assert (others["over: +1.6 dBTP"].t, others["over: +1.6 dBTP"].duration) == (5.0, pytest.approx(0.1))
    assert all(contrast_with_white(label.color) >= 4.5 for label in made)
    assert not [label for label in labels(measured(sound), 0.0, 6.0) if isinstance(label, OutputLabel)]


def test_a_course_of_other_steps_is_centred_on_what_was_measured() -> None:
    found = measured(tone([(-20, 10)], 16000), 16000)
    quick = [label for label in labels(found, 1.0, 0.0) if isinstance(label, OutputLabel)]
    assert [(label.t, label.duration) for label in quick] == [(1.0 + step, 1.0) for step in range(8)]
    slow = [label for label in labels(found, 5.0, 0.0) if isinstance(label, OutputLabel)]
    assert [(label.t, label.duration) for label in slow] == [(0.0, 3.0), (5.0, 3.0)]


def test_overs_that_touch_are_one() -> None:
    found = measured(tone([(-10, 1), (-2, 0.35), (-10, 1), (-1, 0.15)], 16000), 16000)
    assert overs(found, -5.0) == [
        (1.0, pytest.approx(1.4), pytest.approx(-2.0, abs=0.2)),
        (pytest.approx(2.3), pytest.approx(2.5), pytest.approx(-1.0, abs=0.2)),
    ]
    assert overs(found, 0.0) == []


def test_it_measures_a_file_and_says_where_channels_are_unknown(tmp_path: Path) -> None:
    for channels, told in ((2, ""), (7, "Which speakers its 7 channels are for is not known; all count alike.")):
        path = tmp_path / "music.flac"
        soundfile.write(path, music(4, 44100, channels).T, 44100)
        result, text = LoudnessReport().process(region(path, tmp_path / "out"), {"every": 3.0, "ceiling": -1.0}, Job())
        assert isinstance(result, LabelList) and isinstance(text, TextOutput)
        assert text.text == summary(measured(soundfile.read(path, dtype="float32")[0].T, 44100))
        assert text.notice == told and len(result.labels) > 2
