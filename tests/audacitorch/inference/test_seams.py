from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.audacitorch.inference.seams import SeamJoiner
from app.audacitorch.inference.spans import Span, clip, in_order


def joined(*chunks: tuple[float, float, list[Span]]) -> list[Span]:
    joiner = SeamJoiner()
    for start, seam, spans in chunks:
        joiner.add(spans, start, seam)
    return joiner.finish()


def test_what_both_chunks_heard_is_one():
    spans = [Span(27, 28, 0), Span(29.9, 30.1, 1), Span(31, 32, 0)]
    assert joined((0, 0, spans), (25, 30, spans)) == spans


def test_an_event_across_the_seam_is_whole():
    # Each chunk hears only its own part of it.
    assert joined((0, 0, [Span(20, 35, 0)]), (25, 30, [Span(25, 80, 0)])) == [Span(20, 80, 0)]


def test_an_event_across_several_chunks_is_whole():
    chunks = [(0, 0, [Span(5, 60, 0)]), (50, 55, [Span(50, 110, 0)]), (100, 105, [Span(100, 120, 0)])]
    assert joined(*chunks) == [Span(5, 120, 0)]


def test_times_that_differ_a_little_neither_lose_nor_double():
    for before, after in (
        (Span(29.96, 29.99, 0), Span(30.0, 30.04, 0)),
        (Span(30.0, 30.04, 0), Span(29.96, 29.99, 0)),
        (Span(29.5, 29.98, 0), Span(29.52, 30.02, 0)),
        (Span(29.98, 30.5, 0), Span(30.02, 30.5, 0)),
    ):
        (one,) = joined((0, 0, [before]), (25, 30, [after]))
        assert min(before.start, after.start) <= one.start < one.end <= max(before.end, after.end)


def test_repeated_notes_at_the_seam_stay_apart():
    notes = [Span(29.0, 29.5, 0), Span(29.5, 30.0, 0), Span(30.0, 30.5, 0), Span(30.5, 31.0, 0)]
    assert joined((0, 0, notes), (25, 30, notes)) == notes


def test_one_chunks_own_view_counts_on_its_own_side():
    assert joined((0, 0, [Span(29, 29.5, 0), Span(31, 31.5, 1)]), (25, 30, [])) == [Span(29, 29.5, 0)]
    assert joined((0, 0, []), (25, 30, [Span(29, 29.5, 0), Span(31, 31.5, 1)])) == [Span(31, 31.5, 1)]


def test_where_both_disagree_each_has_its_own_side():
    before = [Span(0, 31, 0), Span(31, 35, 1)]
    after = [Span(25, 29, 0), Span(29, 60, 1)]
    assert joined((0, 0, before), (25, 30, after)) == [Span(0, 30, 0), Span(30, 60, 1)]


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 200), st.integers(0, 2)), max_size=40),
)
def test_any_events_that_every_chunk_hears_rightly_come_out_as_they_are(events):
    # Chunks of 60 s share 10 s; within a class events do not overlap, as no labeler says the same thing twice.
    truth: list[Span] = []
    until: dict[int, float] = {}
    for start, length, kind in sorted(events):
        begin = max(start / 10, until.get(kind, 0.0))
        truth.append(Span(begin, begin + length / 10, kind))
        until[kind] = begin + length / 10
    joiner = SeamJoiner()
    for number in range(8):
        start = 50.0 * number
        joiner.add(clip(truth, start, start + 60), start, start + 5 if number else 0.0)
    assert joiner.finish() == in_order(truth)
