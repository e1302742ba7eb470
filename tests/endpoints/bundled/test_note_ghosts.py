from __future__ import annotations

import numpy as np
import torch

from endpoints.bundled.labeler_examples import frequency
from endpoints.bundled.note_ghosts import ghosts, is_shared, without_ghosts
from tests.endpoints.bundled.scripted import sawtooth

RATE = 22050
FIRST, END, NOTE = torch.tensor([0, 20, 32]), torch.tensor([20, 32, 60]), torch.tensor([69, 57, 76])
"""A4, then A3, whose period A4 and E5 have in common, then E5."""


def tone(midi: int) -> np.ndarray:
    return 0.2 * sawtooth(frequency(midi), 1.0, RATE)


def test_partials_that_two_notes_share() -> None:
    note, other = torch.tensor([57, 57, 57]), torch.tensor([69, 76, 58])
    shared = is_shared(note, other, 8)
    assert shared[0].tolist() == [False, True] * 4  # an octave above
    assert shared[1].tolist() == [False, False, True] * 2 + [False, False]  # a twelfth above
    assert not shared[2].any()


def test_a_common_period_is_no_note_and_a_low_note_is_one() -> None:
    fading = torch.from_numpy(tone(69) + tone(76)).float()
    assert ghosts(fading, FIRST, END, NOTE, RATE).tolist() == [False, True, False]
    played = torch.from_numpy(tone(57)).float()
    assert not ghosts(played, FIRST, END, NOTE, RATE).any()


def test_notes_that_last_or_stand_alone_are_none() -> None:
    fading = torch.from_numpy(tone(69) + tone(76)).float()
    long = torch.tensor([0, 20, 50]), torch.tensor([20, 50, 80])
    assert not ghosts(fading, *long, NOTE, RATE).any()
    apart = torch.tensor([0, 30, 60]), torch.tensor([20, 40, 80])
    assert not ghosts(fading, *apart, NOTE, RATE).any()
    assert not ghosts(fading, FIRST[:1], END[:1], NOTE[:1], RATE).any()


def test_the_next_note_begins_where_the_ghost_did() -> None:
    first, end, note = without_ghosts(FIRST, END, NOTE, torch.tensor([False, True, False]))
    assert (first.tolist(), end.tolist(), note.tolist()) == ([0, 20], [20, 60], [69, 76])
    same = without_ghosts(FIRST, END, NOTE, torch.zeros(3, dtype=torch.bool))
    assert [row.tolist() for row in same] == [FIRST.tolist(), END.tolist(), NOTE.tolist()]
