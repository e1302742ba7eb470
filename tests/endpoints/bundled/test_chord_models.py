from __future__ import annotations

import pytest
import torch

from endpoints.bundled.chord_models import KINDS, LABELS, NO_CHORD, ROOTS, TONES, ChordFit, bass_templates, classes
from endpoints.bundled.note_strengths import LOWEST, NOTES


def strengths(notes: list[int], frames: int = 30) -> torch.Tensor:
    found = torch.zeros(frames, NOTES)
    found[:, [note - LOWEST for note in notes]] = 1.0
    return found


def test_every_label_is_some_state_s() -> None:
    assert len(set(LABELS)) == len(LABELS) == 85
    assert set(classes(extended=True).tolist()) == set(range(len(LABELS)))
    assert set(classes(extended=False).tolist()) == set(range(25))


@pytest.mark.parametrize("kind", range(7))
def test_each_chord_fits_itself_best(kind: int) -> None:
    named = classes(extended=True)
    for root in range(12):
        notes = [36 + root, *(60 + (root + tone) % 12 for tone in TONES[kind])]
        best = ChordFit()(strengths(notes))[15].argmax()
        assert LABELS[int(named[best])] == ROOTS[root] + KINDS[kind]


def test_a_note_alone_is_no_chord() -> None:
    best = ChordFit()(strengths([45, 57, 69]))[15].argmax()
    assert int(classes(extended=True)[best]) == int(classes(extended=False)[best]) == NO_CHORD


def test_all_notes_at_once_are_no_chord() -> None:
    best = ChordFit()(strengths(list(range(LOWEST, LOWEST + NOTES))))[15].argmax()
    assert int(classes(extended=True)[best]) == NO_CHORD


def test_the_root_is_the_likeliest_bass() -> None:
    rows = bass_templates()
    assert rows.argmax(1).tolist() == [root for _ in KINDS for root in range(12)]
    assert (rows.max(1)[0] == 1.0).all()
