from __future__ import annotations

import json
import re

import pytest

from app.harp.labels import AudioLabel
from app.ui.waveform_view import MOST_DRAWN, MOST_ROWS, Peaks, facts, label_table, outline, player, read_peaks

PEAKS = Peaks(2.0, 44100, 2, (-0.5, -1.5, 0.0), (0.5, 1.5, 0.0))


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) (-?[\d.]+)", path)]


def test_the_outline_goes_along_the_maxima_and_back_along_the_minima_within_the_box():
    drawn = points(outline(PEAKS))
    assert [x for x, _ in drawn] == [0, 1, 2, 2, 1, 0]
    assert all(0 <= y <= 100 for _, y in drawn)
    top, bottom = [y for _, y in drawn[:3]], [y for _, y in drawn[:2:-1]]
    assert top[1] < top[0] < top[2] < 50 < bottom[2] < bottom[0] < bottom[1]


def test_a_sound_of_one_sample_is_still_drawn():
    assert len(points(outline(Peaks(1 / 44100, 44100, 1, (0.25,), (0.25,))))) == 4


def test_what_a_worker_wrote_is_read_and_what_is_no_outline_refused(tmp_path):
    path = tmp_path / "0.peaks.json"
    record = {"seconds": 2.0, "sample_rate": 44100, "channels": 2, "minimum": [-1, 0], "maximum": [1, 0]}
    path.write_text(json.dumps(record))
    assert read_peaks(path) == Peaks(2.0, 44100, 2, (-1.0, 0.0), (1.0, 0.0))
    for broken in ("[]", "{}", json.dumps({**record, "maximum": [1]}), json.dumps({**record, "seconds": None})):
        path.write_text(broken)
        with pytest.raises(ValueError):
            read_peaks(path)


def test_length_rate_and_channels_are_told_in_words():
    assert facts(PEAKS) == "2.0 s · 44.1 kHz · stereo"
    assert facts(Peaks(3725.0, 48000, 6, (), ())) == "1:02:05 · 48 kHz · 6 channels"


def test_labels_stand_where_they_are_and_their_text_is_escaped():
    labels = [AudioLabel(0.5, "<i>C</i>", 1.0, 'sure "of" it', 0xFF123456), AudioLabel(1.5, "click")]
    html = player("k", "take", PEAKS, "/file", labels=labels)
    assert 'data-seek="0.5000"' in html
    assert "left:25.000%;width:50.000%;top:0.0%;height:100.0%;--c:#123456" in html
    assert "left:75.000%;width:0.000%;top:0.0%;height:100.0%;--c:var(--hp-accent)" in html
    assert "&lt;i&gt;C&lt;/i&gt; · 0.50 – 1.50 s · sure &quot;of&quot; it" in html
    assert "<i>C" not in html


def test_a_label_beyond_the_end_stays_inside():
    html = player("k", "take", PEAKS, "/file", labels=[AudioLabel(1.5, "x", 9.0), AudioLabel(5.0, "y", 1.0)])
    assert "left:75.000%;width:25.000%" in html
    assert "left:100.000%;width:0.000%" in html


def test_labels_at_the_same_time_stand_under_each_other_by_name():
    labels = [AudioLabel(0.5, "onset"), AudioLabel(0.5, "beat"), AudioLabel(1.0, "onset")]
    html = player("k", "take", PEAKS, "/file", labels=labels)
    assert re.findall(r"left:([\d.]+)%;width:0.000%;top:([\d.]+)%;height:50.0%", html) == [
        ("25.000", "0.0"),
        ("25.000", "50.0"),
        ("50.000", "0.0"),
    ]


def test_names_and_addresses_cannot_leave_their_attributes():
    html = player("k", '"><script>x', PEAKS, 'a"onerror=x', download='b"c')
    assert "<script>" not in html
    assert 'a"' not in html
    assert 'b"' not in html


def test_a_table_of_very_many_labels_says_how_many_more_there_are():
    labels = [AudioLabel(float(t), "x") for t in range(MOST_DRAWN + 5)]
    assert label_table(labels).count("<tr><td>") == MOST_ROWS
    assert f"{MOST_DRAWN + 5 - MOST_ROWS} more" in label_table(labels)
    assert player("k", "n", PEAKS, "/f", labels=labels).count("hp-point") == MOST_DRAWN
    assert "found nothing" in label_table([])
