"""The truth of a piece: what is written, when it is played, and that the sound begins then."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.accuracy.chord_names import NamedChord
from benchmarks.accuracy.pieces import SONGS, piece
from benchmarks.accuracy.programs import MissingProgramError, fluidsynth, sound_font
from benchmarks.accuracy.score import DRUM_KEYS, Part, Song, performed
from benchmarks.accuracy.songs_of_the_second_set import SONGS as SECOND
from benchmarks.accuracy.songs_of_the_third_set import SONGS as THIRD
from benchmarks.accuracy.tempo import steady, step, waves


def _playable() -> str:
    try:
        fluidsynth(), sound_font()
    except MissingProgramError as error:
        return error.message
    return ""


def test_beats_come_at_the_tempo_and_every_bar_begins_with_a_downbeat() -> None:
    song = Song("plain", steady(120), "C major", "C | G", {"piano": Part(0, ("x---x---",), 48)}, beats=3, seconds=9.0)
    truth = performed(song)
    np.testing.assert_allclose(truth.beats, 0.4 + 0.5 * np.arange(18), atol=1e-9)
    np.testing.assert_allclose(truth.downbeats, 0.4 + 1.5 * np.arange(6), atol=1e-9)
    assert truth.tempo == pytest.approx(120.0)
    assert [(chord.label, round(chord.end - chord.start, 6)) for chord in truth.chords[:2]] == [
        ("C:maj", 1.5),
        ("G:maj", 1.5),
    ]


def test_a_tempo_may_step_and_sway() -> None:
    stepped = step(60.0, 120.0, 4.0)
    assert stepped.time(4.0) == pytest.approx(4.0) and stepped.time(6.0) == pytest.approx(5.0)
    swaying = waves(60.0, 0.1, 8.0)  # the time of 8 beats is the integral of 1 / (1 + 0.1 sin): 8 / sqrt(1 - 0.01)
    assert swaying.time(8.0) == pytest.approx(8.0 / np.sqrt(0.99), rel=1e-6)


def test_players_miss_the_beat_by_a_little_and_every_time_by_the_same() -> None:
    song = Song("hats", steady(100), "C major", "C", {}, drums={"hat": "x.x.x.x."}, jitter=0.006, seconds=24.0)
    truth = performed(song)
    starts = np.array([note.start for note in truth.parts["drums"]])
    missed = starts - truth.beats
    assert 0.003 < missed.std() < 0.009 and np.abs(missed).max() <= 0.0151
    assert performed(song).parts == truth.parts


def test_off_beats_are_written_between_the_beats() -> None:
    house = next(song for song in SONGS if song.name == "house")
    truth = performed(house)
    opened = [note.start for note in truth.parts["drums"] if note.midi == DRUM_KEYS["open"]]
    np.testing.assert_allclose(opened, truth.beats + 0.25 * 120 / 124, atol=1e-6)


@pytest.mark.parametrize("song", (*SONGS, *SECOND, *THIRD), ids=lambda song: song.name)
def test_a_piece_is_complete(song: Song) -> None:
    truth = performed(song)
    assert 24.0 < truth.chords[-1].end < 32.0
    assert all(one.end == other.start for one, other in pairwise(truth.chords))
    for name, notes in truth.parts.items():
        assert notes and all(0 < note.start < note.end and 20 < note.midi < 109 for note in notes), name
        for key in {note.midi for note in notes}:  # MIDI ends all notes of one key at once
            same = [note for note in notes if note.midi == key]
            assert all(one.end < other.start for one, other in pairwise(same)), (name, key)


def test_chords_are_played_with_their_own_tones() -> None:
    song = Song("chords", steady(120), "C major", "Am7 | F", {"piano": Part(0, ("x---....",), 48)}, seconds=4.0)
    first, second = (
        {note.midi % 12 for note in performed(song).notes if (note.start < 2.0) is before} for before in (True, False)
    )
    assert first == {9, 0, 4, 7} == NamedChord.read("Am7").classes
    assert second == {5, 9, 0}


@pytest.mark.skipif(bool(_playable()), reason=_playable())
def test_the_sound_begins_when_the_truth_says(tmp_path: Path) -> None:
    song = Song("clicks", steady(90), "C major", "C", {}, drums={"rim": "x.x.x.x."}, seconds=6.0)
    made = piece(song, tmp_path)
    samples, rate = soundfile.read(made.wav)
    loud = np.abs(samples).max(axis=1)
    for start in made.truth.onsets:
        around = loud[round((start - 0.05) * rate) : round((start + 0.05) * rate)]
        begins = np.flatnonzero(around > 0.25 * around.max())[0] / rate - 0.05
        assert abs(begins) < 0.008  # FluidSynth starts notes on blocks of 64 samples; the sample has its own attack
