import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.audio.overlap_add import OverlapAdd, StreamPlan, cut


@st.composite
def plans(draw: st.DrawFn) -> StreamPlan:
    chunk = draw(st.integers(1, 60))
    return StreamPlan(44100, chunk, draw(st.integers(0, chunk - 1)))


def blocks_of(x: np.ndarray, size: int) -> list[np.ndarray]:
    return [x[:, at : at + size] for at in range(0, x.shape[1], size)]


@settings(max_examples=200)
@given(plan=plans(), length=st.integers(1, 200), size=st.integers(1, 100))
def test_chunks_cover_the_stream_once_and_join_to_it_bit_for_bit(plan: StreamPlan, length: int, size: int) -> None:
    x = np.random.default_rng(length).normal(size=(2, length)).astype(np.float32)
    x[:, ::7] = -0.0
    pieces = list(cut(blocks_of(x, size), plan))
    joiner = OverlapAdd(plan)
    parts = []
    for number, piece in enumerate(pieces):
        assert piece.start == number * plan.hop
        assert piece.samples.shape == (2, plan.chunk)
        assert np.array_equal(piece.samples[:, : piece.valid], x[:, piece.start : piece.start + piece.valid])
        assert not piece.samples[:, piece.valid :].any()
        assert piece.last == (number == len(pieces) - 1)
        assert piece.last or piece.valid == plan.chunk
        parts.append(joiner.add(piece.samples))
    assert pieces[-1].start + pieces[-1].valid == length
    assert number == 0 or pieces[-1].valid > plan.overlap
    joined = np.concatenate([*parts, joiner.finish()], axis=1)[:, :length]
    assert joined.tobytes() == x.tobytes()


@settings(max_examples=60)
@given(plan=plans(), values=st.lists(st.floats(-1, 1), min_size=2, max_size=6))
def test_weights_sum_to_one(plan: StreamPlan, values: list[float]) -> None:
    joiner = OverlapAdd(plan)
    parts = [joiner.add(np.full(plan.chunk, value)) for value in values]
    joined = np.concatenate([*parts, joiner.finish()])
    assert len(joined) == plan.hop * (len(values) - 1) + plan.chunk
    assert joined.min() >= min(values) - 1e-9
    assert joined.max() <= max(values) + 1e-9


def test_the_fade_is_smooth() -> None:
    plan = StreamPlan(44100, 400, 100)
    joiner = OverlapAdd(plan)
    joined = np.concatenate([joiner.add(np.zeros(400)), joiner.add(np.ones(400)), joiner.finish()])
    assert np.abs(np.diff(joined)).max() < 0.02
    assert joined[300] < 0.001
    assert joined[399] > 0.999
    assert joined[350] == pytest.approx(0.5, abs=0.02)


def test_changing_a_chunk_leaves_the_next_one_alone() -> None:
    x = np.arange(1, 31, dtype=np.float32)[None]
    seen = []
    for piece in cut([x], StreamPlan(44100, 10, 5)):
        seen.append(piece.samples.copy())
        piece.samples[:] = 0
    assert np.array_equal(seen[1][0], np.arange(6, 16))


def test_no_samples_no_chunks() -> None:
    assert list(cut([np.zeros((2, 0))], StreamPlan(44100, 10, 5))) == []


@pytest.mark.parametrize(("rate", "chunk", "overlap"), [(0, 10, 5), (44100, 0, 0), (44100, 10, 10), (44100, 10, -1)])
def test_impossible_plans_are_refused(rate: int, chunk: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="no way"):
        StreamPlan(rate, chunk, overlap)


@st.composite
def plans_with_context(draw: st.DrawFn) -> StreamPlan:
    before, after, overlap = (draw(st.integers(0, 12)) for _ in range(3))
    stride = draw(st.integers(1, 9))
    hop = stride * draw(st.integers(1, 6))
    return StreamPlan(44100, before + after + overlap + hop, overlap, before, after, stride)


@settings(max_examples=300)
@given(plan=plans_with_context(), length=st.integers(1, 300), size=st.integers(1, 100))
def test_what_context_spoils_is_thrown_away_and_the_last_chunk_ends_with_the_stream(
    plan: StreamPlan, length: int, size: int
) -> None:
    x = np.random.default_rng(length).normal(size=(2, length)).astype(np.float32)
    joiner, parts, pieces = OverlapAdd(plan), [], list(cut(blocks_of(x, size), plan))
    for piece in pieces:
        assert piece.start % plan.stride == 0
        assert np.array_equal(piece.samples[:, : piece.valid], x[:, piece.start : piece.start + piece.valid])
        assert len(pieces) == 1 or plan.chunk - plan.stride < piece.valid == piece.samples.shape[1] <= plan.chunk
        spoiled = piece.samples.copy()
        if piece.start:
            spoiled[:, : plan.before] = 9
        if not piece.last:
            spoiled[:, spoiled.shape[1] - plan.after :] = 9
        parts.append(joiner.add(spoiled, piece.moved))
    assert pieces[-1].start + pieces[-1].valid == length
    joined = np.concatenate([*parts, joiner.finish()], axis=1)[:, :length]
    assert joined.tobytes() == x.tobytes()


def test_levels_are_matched_where_chunks_differ_in_nothing_else() -> None:
    x = np.random.default_rng(0).normal(size=(2, 2, 1000))
    x[..., 400:560] = 0  # a silent seam hands the level on
    plan = StreamPlan(44100, 300, 60, 20, 20, 1, match_levels=True)
    joiner, parts = OverlapAdd(plan), []
    for number, piece in enumerate(cut([x.reshape(4, -1)], plan)):
        factors = np.array([[1.0], [1.0]]) if number == 0 else np.array([[0.3], [5.0]])
        parts.append(joiner.add(piece.samples.reshape(2, 2, -1) * factors, piece.moved))
    joined = np.concatenate([*parts, joiner.finish()], axis=-1)
    np.testing.assert_allclose(joined, x, atol=1e-12)


def test_chunks_that_are_not_alike_keep_their_levels() -> None:
    rng = np.random.default_rng(0)
    plan = StreamPlan(44100, 300, 100, match_levels=True)
    joiner = OverlapAdd(plan)
    joiner.add(rng.normal(size=(1, 1, 300)))
    other = 3 * rng.normal(size=(1, 1, 300))
    joiner.add(other)
    assert np.array_equal(joiner.finish(), other[..., 200:])
