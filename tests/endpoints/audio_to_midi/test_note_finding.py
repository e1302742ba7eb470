"""Notes from posteriors that are made up, in one passage and in many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from endpoints.audio_to_midi.listening import FRAME_RATE, Heard
from endpoints.audio_to_midi.note_finding import FoundNote, NoteFinder
from endpoints.audio_to_midi.passage import GAP, Finding

DEFAULTS = Finding()
Wanted = tuple[int, int, int]
"""First frame, frame after the last, key."""


def posteriors(notes: Sequence[Wanted], frames: int, *, onsets: bool = True, level: float = 0.8) -> Heard:
    """Notes as the network would show them: an onset's peak, then a held posterior, and a contour at the pitch."""
    heard = Heard(
        np.zeros((frames, 88), np.float32), np.zeros((frames, 88), np.float32), np.zeros((frames, 264), np.float32)
    )
    for start, end, key in notes:
        heard.notes[start:end, key] = level
        heard.notes[start, key] = level / 2
        heard.contours[start:end, 3 * key] = level
        if onsets:
            heard.onsets[start, key] = 0.9
            heard.onsets[start + 1, key] = 0.5
    return heard


def found(heard: Heard, finding: Finding = DEFAULTS, passage: int = 100_000, step: int = 141) -> list[FoundNote]:
    finder = NoteFinder(finding, passage)
    notes = []
    for start in range(0, len(heard.notes), step):
        notes += finder.push(Heard(*(part[start : start + step] for part in heard)))
    notes += finder.finish()
    return sorted(notes, key=lambda note: (note.start, note.pitch))


def keys(notes: Sequence[FoundNote]) -> list[Wanted]:
    return [(round(note.start), round(note.end), note.pitch - 21) for note in notes]


def test_notes_are_found_where_they_are() -> None:
    wanted = [(10, 40, 40), (10, 60, 44), (50, 90, 40), (70, 100, 20)]
    notes = found(posteriors(wanted, 120))
    assert keys(notes) == wanted
    assert all(note.strength == pytest.approx(0.8, abs=0.02) for note in notes)


def test_a_note_struck_again_is_two() -> None:
    heard = posteriors([(10, 100, 40)], 120)
    heard.onsets[50, 40] = 0.9
    assert keys(found(heard)) == [(10, 50, 40), (50, 100, 40)]


def test_gaps_are_bridged_unless_they_are_long() -> None:
    heard = posteriors([(10, 100, 40)], 120)
    heard.notes[40 : 40 + GAP - 1, 40] = 0.0
    assert keys(found(heard, Finding(inferred=False))) == [(10, 100, 40)]
    heard.notes[40 : 40 + GAP, 40] = 0.0
    assert keys(found(heard, Finding(unstarted=False, inferred=False))) == [(10, 40, 40)]


def test_notes_without_a_start_are_found_where_that_is_wanted() -> None:
    heard = posteriors([(10, 60, 40)], 120, onsets=False)
    assert keys(found(heard)) == [(10, 60, 40)]
    assert found(heard, Finding(unstarted=False)) == []


def test_a_sudden_rise_is_a_start_where_that_is_wanted() -> None:
    heard = posteriors([(10, 60, 40)], 120, onsets=False)
    assert keys(found(heard, Finding(unstarted=False, inferred=True))) == []
    heard.notes[10:60, 40] = 0.95
    assert keys(found(heard, Finding(unstarted=False, inferred=True))) == [(10, 60, 40)]
    assert keys(found(heard, Finding(unstarted=False, inferred=False))) == []


def test_short_notes_and_those_beyond_the_range_are_none() -> None:
    heard = posteriors([(10, 20, 40), (30, 45, 41), (50, 80, 10), (50, 80, 80)], 120)
    short = 12 / FRAME_RATE
    assert keys(found(heard, Finding(shortest=short, lowest=20, highest=79))) == [(30, 45, 41)]
    assert keys(found(heard, Finding(shortest=short, lowest=10, highest=80))) == [
        (30, 45, 41),
        (50, 80, 10),
        (50, 80, 80),
    ]


def test_a_neighbour_is_no_note_of_its_own() -> None:
    heard = posteriors([(10, 60, 40)], 120)
    heard.notes[12:58, 41] = 0.45
    assert keys(found(heard)) == [(10, 60, 40)]


def test_a_start_lies_between_frames() -> None:
    heard = posteriors([(10, 60, 40)], 120)
    heard.onsets[9:12, 40] = (0.8, 0.9, 0.6)
    assert found(heard)[0].start == pytest.approx(10 - 0.25)


@pytest.mark.parametrize("passage", [60, 150, 400])
def test_passages_are_what_the_whole_is(passage: int) -> None:
    """Random notes, long ones too, with and without starts; a tenth of a second of rest now and then."""
    random = np.random.default_rng(5)
    wanted, free = [], np.zeros(88)
    for start in range(5, 2800, 7):
        key = int(random.integers(3, 85))
        if free[key - 2 : key + 3].max() < start:
            end = start + int(random.integers(15, 30) if random.random() < 0.9 else random.integers(100, 500))
            wanted.append((start, end, key))
            free[key] = end + 15
    heard = posteriors(wanted, 3400)
    whole = found(heard)
    assert keys(whole) == sorted(wanted, key=lambda note: (note[0], note[2]))
    parts = found(heard, passage=passage)
    assert keys(parts) == keys(whole)
    for one, other in zip(whole, parts):
        assert one.strength == pytest.approx(other.strength)
        np.testing.assert_array_equal(one.course, other.course)


def test_memory_does_not_grow_with_the_sound() -> None:
    finder = NoteFinder(Finding(), 200)
    heard = posteriors([(20, 120, 40), (40, 130, 50)], 141)
    for _ in range(40):
        list(finder.push(heard))
        assert len(finder._heard.notes) < 200 + 141 + 10
        assert sum(len(part) for note in finder._sounding for part in note.strengths) < 1000


def test_nothing_at_all_is_no_note() -> None:
    assert found(posteriors([], 0)) == []
    assert found(posteriors([], 1)) == []


def test_a_glide_is_followed_in_fractions_of_a_semitone() -> None:
    heard = posteriors([(10, 70, 40)], 100)
    heard.contours[:] = 0
    bins = np.arange(264)
    for frame in range(10, 70):
        pitch = 120 + 4.0 * (frame - 10) / 60
        heard.contours[frame] = np.exp(-0.5 * ((bins - pitch) / 1.0) ** 2)
    [note] = found(heard)
    np.testing.assert_allclose(note.course, np.arange(60) / 60 * 4 / 3, atol=0.12)
    assert abs(float(note.course[-1]) - 59 / 60 * 4 / 3) < 0.12
