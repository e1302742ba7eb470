"""Through the whole of Pitch to Notes, for edges are only worth what comes out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.bundled.labeler_examples import frequency
from endpoints.bundled.note_edges import NoteEdges
from tests.endpoints.bundled.scripted import Labeler, sawtooth

RATE = 22050


@pytest.fixture(scope="module")
def labeler() -> Labeler:
    return Labeler("pitch_notes")


def swelling(midi: int, seconds: float, attack: float, release: float) -> np.ndarray:
    """A note that is held for `seconds`, swells over `attack` and dies away over `release` beyond its end."""
    time = np.arange(int((seconds + release) * RATE)) / RATE
    shape = np.minimum(1.0, time / attack) * np.minimum(1.0, (seconds + release - time) / release)
    return 0.3 * sawtooth(frequency(midi), seconds + release, RATE)[: len(time)] * shape


def line(notes: list[tuple[float, int]], seconds: float, attack: float, release: float) -> np.ndarray:
    """Notes at their times, each `seconds` long, the release of one beneath the swell of the next."""
    sound = np.zeros(int((notes[-1][0] + seconds + release + 0.3) * RATE))
    for start, midi in notes:
        note, at = swelling(midi, seconds, attack, release), int(start * RATE)
        sound[at : at + len(note)] += note
    return sound


@pytest.mark.parametrize("attack", [0.01, 0.08, 0.15])
def test_notes_begin_where_they_begin_to_swell(labeler: Labeler, attack: float) -> None:
    notes = [(0.5 + 0.6 * i, midi) for i, midi in enumerate((48, 60, 67, 79, 84))]
    found = labeler.labels(line(notes, 0.4, attack, 0.05))
    assert [label.name for label in found] == ["C3", "C4", "G4", "G5", "C6"]
    assert [label.start for label in found] == pytest.approx([start for start, _ in notes], abs=0.035)


def test_bowed_notes_that_fade_into_each_other_have_their_starts_and_no_ghosts_beneath(labeler: Labeler) -> None:
    """Fifths, octaves and twelfths, whose common period lies far below."""
    notes = [(0.5 + 0.5 * i, midi) for i, midi in enumerate((62, 69, 57, 64, 76, 69, 81, 62))]
    found = labeler.labels(line(notes, 0.5, 0.1, 0.12))
    assert [label.name for label in found] == ["D4", "A4", "A3", "E4", "E5", "A4", "A5", "D4"]
    assert [label.start for label in found] == pytest.approx([start for start, _ in notes], abs=0.05)


def test_a_swell_is_no_second_note(labeler: Labeler) -> None:
    found = labeler.labels(line([(0.5, 67)], 1.0, 0.2, 0.1))
    assert [label.name for label in found] == ["G4"]


@pytest.mark.parametrize("attack", [0.02, 0.06])
def test_a_bowed_note_played_again_is_split_where_it_all_but_ends(labeler: Labeler, attack: float) -> None:
    notes = [(0.5 + 0.4 * i, 60) for i in range(6)]
    found = labeler.labels(line(notes, 0.34, attack, 0.06))
    assert [label.name for label in found] == ["C4"] * 6
    assert [label.start for label in found] == pytest.approx([start for start, _ in notes], abs=0.04)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_was_heard_notes_neither_overlap_nor_end_before_they_start(seed: int) -> None:
    """Pitches at random, often the same one after a short break, in sound that swells at random."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 9, 60)
    states = torch.from_numpy(np.repeat(rng.choice([10, 22, 88], 60), lengths))
    swells = np.repeat(rng.random(len(states) - 1), 256)
    edges = NoteEdges(RATE, 256, 21, 108, 409)
    with torch.inference_mode():
        heard, sounding, note = edges(torch.from_numpy(swells * rng.standard_normal(len(swells))).float(), states)
    assert len(note) > 5
    assert (sounding[:, 0] < sounding[:, 1]).all()
    assert (sounding[1:, 0] >= sounding[:-1, 1]).all()
    assert (sounding[1:, 0] - sounding[:-1, 0] > 1.9).all()  # frames: room for the gap before a note struck again
    assert (heard[:, 0] < heard[:, 1]).all()
