"""A folder of pairs: what is taken of it, and what is wrong with it in a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.pairs import PairsError, read_pairs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for side, level in (("before", 0.1), ("after", 0.2)):
        (tmp_path / side).mkdir()
        soundfile.write(tmp_path / side / "a.wav", np.full(3000, level), RATE, "FLOAT")
    return tmp_path


def test_equal_names_are_a_pair_and_what_a_system_hides_is_none(folder: Path) -> None:
    (folder / "before" / ".DS_Store").write_bytes(b"x")
    (folder / "after" / "a folder").mkdir()
    [pair] = read_pairs(folder)
    assert np.allclose(pair.before, 0.1) and np.allclose(pair.after, 0.2)


def test_two_of_one_name_are_not_told_apart_by_chance(folder: Path) -> None:
    soundfile.write(folder / "before" / "a.flac", np.zeros(3000), RATE)
    with pytest.raises(PairsError, match=r"“a\.flac” and “a\.wav” in “.*before” have one name; keep one\."):
        read_pairs(folder)


def test_one_without_the_other_or_of_another_length_is_a_sentence(folder: Path) -> None:
    soundfile.write(folder / "after" / "b.wav", np.zeros(3000), RATE)
    with pytest.raises(PairsError, match=r"“b” is in one of the folders"):
        read_pairs(folder)
    soundfile.write(folder / "before" / "b.wav", np.zeros(9000), RATE)
    with pytest.raises(PairsError, match=r"“b” lasts 0\.4 s before and 0\.1 s after; they have to be as long\."):
        read_pairs(folder)
    (folder / "before" / "b.wav").write_bytes(b"RIFF")
    with pytest.raises(PairsError, match="“b” cannot be learnt from: "):
        read_pairs(folder)


def test_silence_teaches_nothing(folder: Path) -> None:
    soundfile.write(folder / "before" / "a.wav", np.zeros(3000), RATE)
    with pytest.raises(PairsError, match=r"All sounds in “.*before” are silent"):
        read_pairs(folder)
