"""Which output labels are drawn on, and which file lies there."""

from __future__ import annotations

import pytest

from app.errors import RequestError
from app.harp.controls import AudioTrack, FileTrack, LabelTrack, MidiTrack, TextBox, TextTrack
from app.harp.label_display import display_place, handed_back, label_display

SOUND, OTHER = AudioTrack("Sound", ""), AudioTrack("Other", "", required=False)
NOTES, SCORE, WORDS = MidiTrack("Notes", ""), FileTrack("Score", ""), TextBox("words", "Words", "")
LABELS, TEXT = LabelTrack("Labels", ""), TextTrack("Text", "")


@pytest.mark.parametrize("output", [LABELS, TEXT])
def test_labels_alone_and_texts_get_the_first_sound_that_is_always_sent(output: LabelTrack | TextTrack) -> None:
    inputs = (OTHER, SCORE, WORDS, SOUND)
    shown = label_display(inputs, [output])
    assert isinstance(shown, AudioTrack)
    assert shown.label == "Labelled sound"
    assert handed_back(inputs, [output], ["other", "score", "sound"]) == "sound"


def test_of_notes_they_get_notes() -> None:
    assert isinstance(label_display([OTHER, NOTES], [LABELS]), MidiTrack)
    assert handed_back([OTHER, NOTES], [LABELS], ["other", "notes"]) == "notes"


def test_labels_of_a_sound_beside_notes_get_the_sound_behind_the_notes() -> None:
    """HARP draws labels on every output track, and up to 2.2 keeps the last file in the place of what it sent."""
    assert isinstance(label_display([SOUND], [NOTES, LABELS]), AudioTrack)
    assert handed_back([SOUND], [NOTES, LABELS], ["sent"]) == "sent"
    assert display_place([NOTES, LABELS]) == 1
    assert display_place([LABELS]) == 0


def test_where_something_is_drawn_already_or_nothing_can_be_there_is_none() -> None:
    for inputs, outputs in (
        ([SOUND], [LABELS, SOUND]),
        ([SOUND], [SOUND]),
        ([SOUND], [SCORE]),
        ([SCORE], [LABELS]),
    ):
        assert label_display(inputs, outputs) is None
        assert handed_back(inputs, outputs, ["sent"]) is None


def test_a_display_is_never_left_empty() -> None:
    """HARP 3 would put the next job's file there."""
    assert handed_back([OTHER, SCORE], [LABELS], ["other", "score"]) == "other"
    with pytest.raises(RequestError, match="Other expects a file, for HARP to draw the labels on, and none was sent"):
        handed_back([OTHER, SCORE], [LABELS], [None, "score"])
