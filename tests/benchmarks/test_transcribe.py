"""How written words are judged."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.transcribe import _judged, _Said, _together


def judged(real: str, written: str, late: float = 0.0):  # type: ignore[no-untyped-def]
    said = _Said(np.zeros(1), 1, tuple((float(at), word) for at, word in enumerate(real.split())))
    return _judged(said, [(at + late, word) for at, word in enumerate(written.split())], 0.5)


@pytest.mark.parametrize(
    ("real", "written", "wrong"),
    [
        ("one two three", "One, two three!", 0),
        ("one two three", "one too three", 1),
        ("one two three", "one three", 1),
        ("one two", "one and a two", 2),
        ("an ill disposed man", "An ill-disposed man.", 0),
        ("mister John", "Mr. John", 0),
        ("one two", "", 2),
    ],
)
def test_a_word_is_wrong_where_it_is_replaced_left_out_or_added(real: str, written: str, wrong: int) -> None:
    assert judged(real, written).wrong == wrong


def test_times_are_compared_where_words_are_right() -> None:
    one = judged("one two three four", "one two tree four", 0.25)
    assert one.off == (0.25, 0.25, 0.25)
    assert one.row("voice") == ("voice", "4", "25.0", "0.25", "0.25", "0.50")
    both = _together([one, judged("five", "five", 0.5)])
    assert both.words == 5 and both.off[-1] == 0.5 and both.row("all", times=False)[2:5] == ("20.0", "", "")
