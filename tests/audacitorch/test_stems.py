from __future__ import annotations

import pytest

from app.audacitorch.stems import label_warnings, plan_stems


@pytest.mark.parametrize(
    "labels, rows, stereo, expected",
    [
        (["a", "b"], 2, False, [("a", (0,)), ("b", (1,))]),
        (["a", "b"], 2, True, [("a", (0,)), ("b", (1,))]),
        (["a", "b"], 4, True, [("a", (0, 1)), ("b", (2, 3))]),
        (["mix"], 2, True, [("mix", (0, 1))]),
        ([], 2, True, [("Output 1", (0, 1))]),
        ([], 2, False, [("Output 1", (0,)), ("Output 2", (1,))]),
        (["a", "b", "c"], 2, False, [("a", (0,)), ("b", (1,))]),
        (["a"], 3, True, [("a", (0,)), ("Output 2", (1,)), ("Output 3", (2,))]),
        (["a", "", "A"], 3, False, [("a", (0,)), ("Output 2", (1,)), ("A 2", (2,))]),
        ([], 1, False, [("Output 1", (0,))]),
    ],
)
def test_rows_make_stems(labels, rows, stereo, expected):
    assert [(stem.label, stem.rows) for stem in plan_stems(labels, rows, stereo)] == expected


def test_more_or_fewer_labels_than_rows_are_warnings():
    assert label_warnings(["a", "b"], 2, False) == ()
    assert label_warnings(["mix"], 2, True) == ()
    assert label_warnings(["a", "b", "c"], 2, False) == ("There are 3 labels for 2 outputs; the surplus is left out.",)
    assert label_warnings(["a"], 2, False) == ("There is only 1 label for 2 outputs; the rest is numbered.",)
    assert label_warnings([], 2, False) == ("There are no labels for 2 outputs; the rest is numbered.",)
