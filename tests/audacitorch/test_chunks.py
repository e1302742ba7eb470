from __future__ import annotations

import pytest

from app.audacitorch.chunks import EFFECT_OVERLAP, EFFECT_STEPS, LABELER_OVERLAP, LABELER_STEPS, choose_plan


@pytest.mark.parametrize("seconds, length", [(0.001, 2.5), (2.5, 2.5), (2.6, 5), (10, 10), (11, 10), (7200, 10)])
def test_a_short_region_gets_one_chunk_and_a_long_one_many(seconds, length):
    plan = choose_plan(seconds, 8000, EFFECT_STEPS, EFFECT_OVERLAP)
    assert plan.chunk == length * 8000
    assert 0 < plan.overlap <= plan.chunk // 2
    if seconds > 10:
        assert plan.overlap == 2 * 8000


def test_neighbours_of_labelled_chunks_share_ten_seconds():
    plan = choose_plan(600, 16000, LABELER_STEPS, LABELER_OVERLAP)
    assert (plan.chunk, plan.overlap) == (60 * 16000, 10 * 16000)


def test_no_chunk_is_shorter_than_what_the_model_was_tried_with():
    assert choose_plan(1, 8000, EFFECT_STEPS, EFFECT_OVERLAP, shortest=10).chunk == 80_000
    assert choose_plan(1, 8000, EFFECT_STEPS, EFFECT_OVERLAP, shortest=99).chunk == 80_000


@pytest.mark.parametrize("rate", [1, 3, 396_000])
def test_every_model_rate_has_a_plan(rate):
    plan = choose_plan(1, rate, EFFECT_STEPS, EFFECT_OVERLAP)
    assert plan.chunk >= 16
