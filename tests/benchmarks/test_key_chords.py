from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.key_chords import passages, pitch_class, shares, stretches
from benchmarks.servers import ROOT

SONG = """# title: A song
# metre: 4/4
# tonic: Bb

0.0\tsilence
1.0\tA, intro, | Bb:maj | Eb:maj/3 . F:7 . | x2, (piano
9.0\tB, verse, | G:min7 | (2/4) F:maj | N |
# tonic: D
14.0\tC, | D:min | A:maj D:hdim7 | D:maj |
# tonic: E
20.0\tD, | A:maj |
24.0\tend
"""


def test_a_song_is_read_bar_by_bar_and_by_its_keys() -> None:
    first, second = passages(SONG)
    assert (first.key, second.key) == (10, 14)  # Bb major, D minor; E has no chord of its own, so no mode
    assert first.bars[:2] == [[((10, 0), 1.0)], [((3, 0), 0.25)] * 2 + [((5, 0), 0.25)] * 2]
    assert first.bars[2:4] == first.bars[:2]
    assert first.bars[4:] == [[((7, 1), 1.0)], [((5, 0), 1.0)], []]
    assert second.bars[1] == [((9, 0), 0.5), ((2, 1), 0.5)]


def test_names_of_notes() -> None:
    assert [pitch_class(name) for name in ("C", "Db", "E#", "Cb", "Bbb")] == [0, 1, 5, 11, 9]


def test_shares_are_told_from_the_tonic_up() -> None:
    found = shares(passages(SONG))
    assert found.sum(1) == pytest.approx([100, 100])
    major = np.zeros(24)
    major[[0, 5, 7, 21]] = np.array([2.0, 1.0, 2.0, 1.0]) / 6 * 100  # Bb, Eb, F, Gm of six bars
    assert found[0] == pytest.approx(major)


def test_stretches_go_on_by_five_bars_and_hold_two_chords() -> None:
    (song,) = passages("# tonic: C\n0.0\tA, | " + "C:maj | G:maj | " * 10 + "\n")
    starts = [chords[0][0] for _, chords in stretches([song])]
    assert starts == [(0, 0), (7, 0), (0, 0)]
    assert list(stretches(passages("# tonic: C\n0.0\tA, | " + "C:maj | " * 20 + "\n"))) == []


def test_the_command_counts_a_folder_and_says_where_there_is_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.key_chords", str(tmp_path)]
    empty = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (empty.returncode, empty.stderr) == (2, f"There is no salami_chords.txt below {tmp_path}.\n")
    for number, tonic in enumerate(("C", "G", "D")):
        folder = tmp_path / str(number)
        folder.mkdir()
        chords = {"C": "C:maj | F:maj | G:7", "G": "G:maj | C:maj | D:7", "D": "D:min | A:min | C:maj"}[tonic]
        text = f"# title: {number}\n# tonic: {tonic}\n1.0\tA, | " + f"{chords} | " * 6 + "\n"
        (folder / "salami_chords.txt").write_text(text)
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told[0].startswith("major: 33.3, 0.0")
    assert told[2].startswith("Of 3 songs.")
    assert len(told) == 4
