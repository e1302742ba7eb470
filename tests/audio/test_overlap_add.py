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


def whole_triangles(x: np.ndarray, chunk: int, hop: int, model) -> np.ndarray:
    """Separate ``x (channels, n)`` whole: a chunk at every hop, amid what surrounds it, weighted by triangles."""
    length = x.shape[1]
    weights = np.minimum(np.arange(1, chunk + 1), np.arange(chunk, 0, -1)).astype(np.float64)
    total, sums = np.zeros(x.shape), np.zeros(length)
    around = np.pad(x, ((0, 0), (chunk, chunk)))
    for start in range(0, length, hop):
        sound = min(chunk, length - start)
        before = (chunk - sound) // 2
        made = model(around[:, chunk + start - before : 2 * chunk + start - before])[:, before : before + sound]
        total[:, start : start + sound] += weights[:sound] * made
        sums[start : start + sound] += weights[:sound]
    return total / sums


@settings(max_examples=200)
@given(
    chunk=st.integers(2, 60).map(lambda half: 2 * half),
    share=st.floats(0, 0.5),
    length=st.integers(1, 300),
    size=st.integers(1, 100),
)
def test_centred_chunks_join_as_a_whole_file_with_triangles(chunk: int, share: float, length: int, size: int) -> None:
    x = np.random.default_rng(length).normal(size=(2, length))
    hop = int((1 - share) * chunk)
    # What comes of a chunk depends on where in it a sample is, and on all of it.
    shape = np.linspace(0.5, 2.0, chunk)

    def model(piece: np.ndarray) -> np.ndarray:
        return piece * shape + piece.mean(axis=1, keepdims=True)

    plan = StreamPlan(44100, chunk, chunk - hop, centred=True, linear=True)
    joiner = OverlapAdd(plan)
    parts = []
    for number, piece in enumerate(cut(blocks_of(x, size), plan)):
        assert piece.samples.shape == (2, chunk) and piece.start == number * hop - piece.moved
        parts.append(joiner.add(model(piece.samples), piece.moved))
        assert piece.last == ((number + 1) * hop >= length)
    padding = chunk - piece.valid
    joined = np.concatenate([*parts, joiner.finish()], axis=1)
    joined = joined[:, : joined.shape[1] - padding]
    assert joined.shape == x.shape
    assert np.allclose(joined, whole_triangles(x, chunk, hop, model), atol=1e-12)


def test_centred_chunks_have_no_context() -> None:
    for wrong in ({"before": 1}, {"after": 1}, {"stride": 1}, {"overlap": 201}):
        with pytest.raises(ValueError, match="no way to centre"):
            StreamPlan(44100, 400, **{"overlap": 100, **wrong}, centred=True)
    assert list(cut([], StreamPlan(44100, 400, 100, centred=True))) == []
