from pathlib import Path

import numpy as np
import pytest
import soundfile

from endpoints.stems.level import measure_levels, pairs


def test_the_level_is_that_of_the_whole_file_pair_by_pair(tmp_path: Path) -> None:
    draw = np.random.default_rng(2)
    # Longer than the blocks in which a file is read, and far from zero.
    sound = (draw.standard_normal((5, 200_001)) * [[0.01], [0.02], [0.1], [0.2], [0.05]] + 0.5).astype(np.float32)
    soundfile.write(tmp_path / "five.wav", sound.T, 44100, "FLOAT")
    seen: list[float] = []
    levels = measure_levels(tmp_path / "five.wav", 44100, seen.append)
    mixes = [sound[0:2].mean(axis=0), sound[2:4].mean(axis=0), sound[4]]
    for level, mix in zip(levels, mixes, strict=True):
        assert level.mean == pytest.approx(mix.mean(dtype=np.float64), rel=1e-6)
        assert level.deviation == pytest.approx(mix.std(dtype=np.float64, ddof=1), rel=1e-5)
    assert seen == sorted(seen) and seen[-1] == 1.0 and len(seen) > 2


def test_silence_and_a_single_sample_can_be_divided_by_their_deviation(tmp_path: Path) -> None:
    for name, samples in (("silence", 1000), ("one", 1)):
        soundfile.write(tmp_path / f"{name}.wav", np.zeros(samples), 44100, "PCM_16")
        [level] = measure_levels(tmp_path / f"{name}.wav", 44100, lambda _: None)
        assert level.mean == 0.0 and level.deviation == 1e-8


def test_a_last_channel_is_alone() -> None:
    assert [range(5)[taken] for taken in pairs(5)] == [range(2), range(2, 4), range(4, 5)]
