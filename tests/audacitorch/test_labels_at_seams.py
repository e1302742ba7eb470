"""Labels across chunks, by a labeler whose truth is known: none lost, doubled or split, whatever lies at the seams."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.audacitorch.inference.chunks import labeler_plan
from app.audacitorch.labeler import AudacitorchLabeler
from app.audacitorch.profile import write_profile
from app.audacitorch.trial.inspection import inspect_model
from app.harp.labels import LabelList
from tests.audacitorch.models import RATE, Watch, region

Pulse = tuple[int, int]
"""First sample and width."""

PLAN = labeler_plan(1000, RATE)
STARTS = [number * PLAN.hop for number in range(4)]
AWKWARD = sorted({place for start in STARTS for place in (start, start + PLAN.overlap // 2, start + PLAN.overlap)})
"""Where a chunk starts, where it begins to answer, and where the one before ends."""
LENGTHS = sorted({place + more for place in AWKWARD for more in (-1, 0, 1, 4321) if place + more > 0})


class Labeler:
    """The endpoint over the model that labels what is above a half, loaded once."""

    def __init__(self, folder: Path, home: Path) -> None:
        path = home / "profile.json"
        write_profile(path, inspect_model(folder), folder)
        self.endpoint = AudacitorchLabeler("some/labeler", str(folder), str(path))
        self.endpoint.setup("cpu")

    def found(self, sound: np.ndarray, join: bool) -> np.ndarray:
        """Starts and ends of the labels in samples, ``(n, 2)``."""
        controls = {"threshold": 0.0, "drop_uncertain": False, "join": join, "minimum_duration": 0.0}
        with tempfile.TemporaryDirectory() as folder:
            (result,) = self.endpoint.process(region(Path(folder), sound), controls, Watch())
        assert isinstance(result, LabelList)
        return np.array([(label.t, label.t + label.duration) for label in result.labels]).reshape(-1, 2) * RATE


def rendered(pulses: Iterable[Pulse], length: int) -> np.ndarray:
    sound = np.zeros((1, length), np.float32)
    for first, width in pulses:
        sound[0, max(first, 0) : max(first + width, 0)] = 0.9
    return sound


def truth(sound: np.ndarray, join: bool) -> np.ndarray:
    """Starts and ends of what is above a half; with ``join``, of what lies less than a millisecond apart as one."""
    edges = np.flatnonzero(np.diff(np.pad((sound[0] > 0.5).astype(np.int8), 1)))
    runs = edges.reshape(-1, 2)
    if join and len(runs):
        apart = runs[1:, 0] - runs[:-1, 1] > RATE // 1000
        runs = np.stack([runs[np.r_[True, apart], 0], runs[np.r_[apart, True], 1]], axis=1)
    return runs


pulses = st.lists(
    st.tuples(
        st.builds(int.__add__, st.sampled_from(AWKWARD), st.integers(-500, 500)),
        st.sampled_from([1, 2, 50, 333, RATE, 7 * RATE, 65 * RATE, 115 * RATE]),
    ),
    max_size=12,
)


def test_labels_at_awkward_places_are_all_there_once_and_whole(models, tmp_path):
    labeler = Labeler(models / "pulses", tmp_path)

    @settings(max_examples=60)
    @given(pulses=pulses, length=st.sampled_from(LENGTHS), join=st.booleans())
    @example(pulses=[(0, 10**7)], length=LENGTHS[-1], join=False)
    @example(pulses=[(place - 1, 2) for place in AWKWARD], length=LENGTHS[-1], join=False)
    @example(pulses=[(place, 1) for place in AWKWARD], length=LENGTHS[-1], join=True)
    @example(pulses=[(place - 5, 5) for place in AWKWARD], length=LENGTHS[-1], join=False)
    @example(pulses=[(n * 400, 399) for n in range(200 * 20)], length=LENGTHS[-1], join=False)
    def check(pulses: list[Pulse], length: int, join: bool) -> None:
        sound = rendered(pulses, length)
        expected, found = truth(sound, join), labeler.found(sound, join)
        assert found.shape == expected.shape
        assert np.abs(found - expected).max(initial=0) < 0.5
        assert found.size == 0 or (found.min() >= 0 and found.max() <= length + 1e-3)

    check()


@pytest.mark.slow
def test_labels_everywhere_are_all_there_once_and_whole(models, tmp_path):
    labeler = Labeler(models / "pulses", tmp_path)
    length = 3 * PLAN.hop

    @settings(max_examples=15)
    @given(seed=st.integers(0, 2**32), shortest=st.sampled_from([1, 20, 900, 20_000]))
    def check(seed: int, shortest: int) -> None:
        generator = np.random.default_rng(seed)
        edges = np.cumsum(generator.integers(shortest, 4 * shortest, 2 * length // shortest))
        edges = edges[edges < length][:8000]
        sound = rendered([(a, b - a) for a, b in edges[: len(edges) // 2 * 2].reshape(-1, 2)], length)
        expected, found = truth(sound, False), labeler.found(sound, False)
        assert found.shape == expected.shape
        assert np.abs(found - expected).max(initial=0) < 0.5

    check()
