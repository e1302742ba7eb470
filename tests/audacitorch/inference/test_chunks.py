from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audacitorch.inference.chunks import bounded_plan, effect_plan, labeler_plan
from app.audacitorch.profile import Calibration

BOUNDED = Calibration("context", 80_000, before=700, after=300, stride=64)
ENDLESS = Calibration("everything", 480_000, match_levels=True)


@pytest.mark.parametrize("calibration", [None, BOUNDED, ENDLESS])
def test_a_region_that_fits_is_one_call_of_its_own_length(calibration):
    for samples in (20_000, 20_001, 79_999, 80_000):
        plan = effect_plan(samples, 8000, calibration, 2.5)
        assert (plan.chunk, plan.shared) == (samples, 0)


def test_no_call_is_shorter_than_what_the_model_was_tried_with():
    assert effect_plan(1, 8000, None, 2.5).chunk == 20_000
    assert effect_plan(1, 8000, BOUNDED, 20.0).chunk == 160_000
    assert effect_plan(200_000, 8000, BOUNDED, 20.0).chunk >= 160_000 - 64
    assert labeler_plan(1, 8000, 10).chunk == 80_000
    assert labeler_plan(1, 8000, 99).chunk == 480_000


def test_bounded_context_is_thrown_away_and_chunks_keep_to_the_stride():
    plan = effect_plan(10**6, 8000, BOUNDED)
    assert (plan.before, plan.after, plan.stride, plan.overlap) == (700, 300, 64, 80)
    assert plan.hop % 64 == 0
    assert 80_000 - 64 < plan.chunk <= 80_000


def test_endless_context_gets_long_chunks_with_a_long_fade():
    plan = effect_plan(10**6, 8000, ENDLESS)
    assert (plan.chunk, plan.overlap, plan.before, plan.after) == (480_000, 64_000, 8000, 8000)
    assert plan.match_levels
    plan = effect_plan(10**6, 8000, replace(ENDLESS, match_levels=False))
    assert (plan.chunk, plan.overlap, plan.before, plan.after) == (480_000, 16_000, 8000, 8000)
    assert not plan.match_levels
    assert effect_plan(10**6, 8000).chunk == 80_000


@given(st.integers(0, 9000), st.integers(0, 9000), st.integers(1, 5000), st.integers(1, 200_000))
def test_a_plan_holds_its_context_or_is_refused(before, after, stride, longest):
    try:
        plan = bounded_plan(8000, before, after, stride, longest)
    except ValueError:
        assert longest < before + after + 80 + stride
    else:
        assert plan.hop % stride == 0
        assert longest - stride < plan.chunk <= longest


@pytest.mark.parametrize("seconds, length", [(0.001, 2.5), (2.5, 2.5), (2.6, 5), (10, 10), (11, 30), (7200, 60)])
def test_a_short_labelled_region_gets_one_chunk_and_a_long_one_many(seconds, length):
    plan = labeler_plan(seconds, 8000)
    assert plan.chunk == length * 8000
    assert 0 < plan.overlap <= plan.chunk // 2


def test_neighbours_of_labelled_chunks_share_ten_seconds():
    plan = labeler_plan(600, 16000)
    assert (plan.chunk, plan.overlap) == (60 * 16000, 10 * 16000)


@pytest.mark.parametrize("rate", [1, 3, 396_000])
def test_every_model_rate_has_a_plan(rate):
    for samples in (1, 100 * rate):
        assert effect_plan(samples, rate).chunk >= 16
    assert labeler_plan(1, rate).chunk >= 16


def test_a_region_that_is_given_as_a_whole_is_one_call_however_long():
    patient = replace(ENDLESS, whole=2_000_000)
    assert effect_plan(2_000_000, 8000, patient).chunk == 2_000_000
    assert effect_plan(2_000_001, 8000, patient).chunk == 480_000


def test_parts_that_are_brought_to_a_level_leave_room_for_what_follows_them():
    level = replace(ENDLESS, match_levels=False, by_level=True)
    assert effect_plan(10**6, 8000, level).chunk == 120_000
    assert effect_plan(10**6, 8000, replace(level, whole=600_000)).chunk == 150_000
    plan = effect_plan(10**6, 8000, replace(level, match_levels=True))
    assert (plan.chunk, plan.match_levels) == (480_000, False)


@given(st.integers(1, 3000), st.floats(0.1, 7200), st.integers(8000, 48000), st.integers(0, 400_000))
def test_labelled_chunks_start_on_the_models_grid_and_share_its_context(grid, seconds, rate, context):
    plan, free = labeler_plan(seconds, rate, 0.0, grid, context), labeler_plan(seconds, rate)
    assert plan.chunk == free.chunk
    assert plan.hop % grid == 0
    fits = context > 0 and context + free.overlap // 2 <= plan.chunk // 2
    assert plan.before == (context if fits else 0)
    assert 0 <= plan.overlap - (free.overlap // 2 if fits else free.overlap) < grid
