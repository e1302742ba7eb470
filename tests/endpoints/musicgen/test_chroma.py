"""What is heard of a melody."""

from __future__ import annotations

import pytest
import torch

from app.errors import JobCancelledError
from endpoints.musicgen.chroma import HOP, LENGTH, from_moment, loudest_notes


@pytest.mark.parametrize(("hertz", "note"), [(261.63, 0), (440.0, 9), (493.88, 11), (880.0, 9), (1318.5, 4)])
def test_a_tone_is_its_note_in_every_octave(hertz: float, note: int) -> None:
    sound = torch.sin(2 * torch.pi * hertz * torch.arange(64000) / 32000)
    heard = loudest_notes(sound, 32000, lambda: None)
    assert heard.shape == (1 + 64000 // HOP, 12)
    assert heard.sum(1).tolist() == [1.0] * len(heard) and set(heard.argmax(1).tolist()) == {note}


def test_silence_and_next_to_nothing_have_moments_too() -> None:
    assert loudest_notes(torch.zeros(1), 32000, lambda: None).shape == (5, 12)
    assert loudest_notes(torch.zeros(40000), 32000, lambda: None).argmax(1).tolist() == [0] * 10


def test_a_melody_that_ends_begins_again() -> None:
    notes = torch.nn.functional.one_hot(torch.arange(10), 12).float()
    told = from_moment(notes, 0.0, 32000)
    assert told.shape == (LENGTH, 12) and told.argmax(1).tolist() == [place % 10 for place in range(LENGTH)]
    second = 3 * HOP / 32000
    assert from_moment(notes, second, 32000).argmax(1)[0] == 3
    assert from_moment(notes, -second, 32000).argmax(1)[:4].tolist() == [7, 8, 9, 0]


def test_a_long_melody_can_be_cancelled() -> None:
    def still() -> None:
        raise JobCancelledError("The job was cancelled.")

    with pytest.raises(JobCancelledError):
        loudest_notes(torch.zeros(10), 32000, still)
