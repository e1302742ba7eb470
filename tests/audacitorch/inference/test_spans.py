from __future__ import annotations

import pytest

from app.audacitorch.inference.spans import UNCERTAIN, Span, class_colour, class_name, clip, join_neighbours, label_list
from app.harp.labels import AudioLabel


def test_neighbours_of_a_class_that_touch_are_one():
    spans = [Span(1, 2, 0), Span(0, 1, 0), Span(2.0005, 3, 0), Span(3.1, 4, 0), Span(4, 5, 1)]
    assert join_neighbours(spans) == [Span(0, 3, 0), Span(3.1, 4, 0), Span(4, 5, 1)]


def test_classes_that_sound_together_are_joined_each_by_itself():
    spans = [Span(0, 1, 0), Span(0.5, 1.5, 1), Span(1, 2, 0), Span(1.5, 2.5, 1)]
    assert join_neighbours(spans) == [Span(0, 2, 0), Span(0.5, 2.5, 1)]


def test_a_span_within_another_changes_nothing():
    assert join_neighbours([Span(0, 5, 0), Span(1, 2, 0), Span(5, 6, 0)]) == [Span(0, 6, 0)]


def test_the_confidence_of_a_joined_span_is_the_mean_over_time():
    (joined,) = join_neighbours([Span(0, 3, 0, 1.0), Span(3, 4, 0, 0.6)])
    assert joined.confidence == pytest.approx(0.9)
    assert join_neighbours([Span(0, 3, 0, 1.0), Span(3, 4, 0, None)])[0].confidence is None


def test_clipping_keeps_what_lies_between():
    spans = [Span(0, 1, 0), Span(0.5, 3, 1), Span(2, 2.5, 2), Span(3, 4, 3), Span(1, 1, 4)]
    assert clip(spans, 1, 3) == [Span(1, 3, 1), Span(2, 2.5, 2)]


def test_spans_become_labels_in_order():
    (first, second) = label_list([Span(2, 2.5, 1, 0.871), Span(1, 4, 0)], ["speech", "music"]).labels
    assert first == AudioLabel(1, "speech", 3, None, class_colour(0))
    assert second == AudioLabel(2, "music", 0.5, "confidence 87 %", class_colour(1))


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
