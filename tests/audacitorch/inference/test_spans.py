from __future__ import annotations

import pytest

from app.audacitorch.inference.spans import Span, clip, join_neighbours


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
