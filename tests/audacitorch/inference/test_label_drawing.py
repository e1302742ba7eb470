from __future__ import annotations

from itertools import pairwise

from app.audacitorch.inference.label_drawing import CONTRAST, HEIGHTS, class_colour, class_name, label_list
from app.audacitorch.inference.spans import UNCERTAIN, Span
from app.harp.labels import AudioLabel, contrast_with_white


def test_spans_become_labels_in_order():
    (first, second) = label_list([Span(2, 2.5, 1, 0.871), Span(1, 4, 0)], ["speech", "music"]).labels
    assert first == AudioLabel(1, "speech", 3, None, class_colour(0))
    assert second == AudioLabel(2, "music", 0.5, "confidence 87 %", class_colour(1), amplitude=0.0)


def test_a_class_without_a_name_is_numbered():
    names = ["speech", ""]
    assert [class_name(kind, names) for kind in (0, 1, 7, -1, UNCERTAIN)] == [
        "speech",
        "class 1",
        "class 7",
        "class -1",
        "uncertain",
    ]


def test_every_class_has_a_colour_of_its_own():
    colours = [class_colour(kind) for kind in (*range(75), -1, UNCERTAIN)]
    assert len(set(colours)) == len(colours)
    assert all(colour >> 24 == 255 for colour in colours)
    assert class_colour(2**62 - 1)


def test_white_text_can_be_read_on_every_colour():
    for kind in (*range(2000), 9999, -1, UNCERTAIN):
        assert contrast_with_white(class_colour(kind)) >= CONTRAST


def test_neighbours_differ_although_they_are_dark():
    parts = [[class_colour(kind) >> shift & 255 for shift in (16, 8, 0)] for kind in range(20)]
    assert all(sum(abs(a - b) for a, b in zip(one, other)) > 100 for one, other in pairwise(parts))


def heights(*spans: Span) -> list[float | None]:
    return [label.amplitude for label in label_list(spans, []).labels]


def test_onset_and_beat_of_one_time_are_both_seen():
    onsets = [Span(t, t + 0.05, 0) for t in (0.5, 1.0, 1.25, 1.5)]
    beats = [Span(t, t + 0.05, 1) for t in (0.2, 0.5, 1.0, 1.5)]
    found = label_list([*onsets, *beats], ["onset", "beat"]).labels
    assert {label.label: label.amplitude for label in found} == {"onset": HEIGHTS[0], "beat": HEIGHTS[1]}
    # Each class at one height, also where it is alone.
    assert {(label.label, label.amplitude) for label in found} == {("onset", None), ("beat", 0.0)}


def test_points_in_time_hide_each_other_too():
    assert heights(Span(1, 1, 0), Span(1, 1, 1)) == [None, 0.0]


def test_classes_that_only_touch_stay_above_the_wave():
    assert heights(Span(0, 1, 0), Span(1, 2, 1), Span(2.0000001, 3, 0)) == [None, None, None]
    assert heights(Span(0, 2, 0), Span(1, 3, 0)) == [None, None]


def test_as_many_classes_as_there_are_heights_are_seen_at_once_and_more_harm_nothing():
    assert sorted(map(str, heights(*(Span(0, 1, kind) for kind in range(4))))) == sorted(map(str, HEIGHTS))
    assert len(heights(*(Span(0, 1 + kind, kind) for kind in range(50)))) == 50
