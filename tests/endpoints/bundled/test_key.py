from __future__ import annotations

import numpy as np
import pytest

from endpoints.bundled import load
from endpoints.bundled.labeler_examples import frequency
from tests.endpoints.bundled.scripted import Label, Labeler, faded, sawtooth

RATE = 44100
TONICS = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]


@pytest.fixture(scope="module")
def labeler() -> Labeler:
    return Labeler("key")


def parted(found: list[Label]) -> tuple[list[Label], list[Label]]:
    """Keys, and tempi."""
    tempi = [label for label in found if label.name.endswith("BPM")]
    return [label for label in found if label not in tempi], tempi


def cadences(tonic: int, minor: bool, beat: float, bars: int = 8) -> np.ndarray:
    """I IV V I, or i iv V i, a chord a bar, a stroke of it a beat."""
    third = 3 if minor else 4
    chords = [(0, third, 7), (5, 5 + third, 12), (7, 11, 14), (0, third, 7)]
    sound = []
    for bar in range(bars):
        tones = sum(sawtooth(frequency(48 + tonic + step), beat, RATE) for step in chords[bar % 4])
        stroke = faded(0.1 * tones * np.exp(-4 * np.arange(len(tones)) / RATE), RATE)
        sound += [stroke] * 4
    return np.concatenate(sound)


@pytest.mark.parametrize("key", range(0, 24, 5))
def test_cadences_have_their_key_and_tempo(labeler: Labeler, key: int) -> None:
    sound = cadences(key % 12, key >= 12, 0.5)
    keys, tempi = parted(labeler.labels(sound))
    assert [label.name for label in keys] == [f"{TONICS[key % 12]} {'minor' if key >= 12 else 'major'}"]
    assert [label.name for label in tempi] == ["120 BPM"]
    for label in (*keys, *tempi):
        assert (label.start, label.end) == pytest.approx((0, len(sound) / RATE), abs=1e-3)
        assert label.confidence > 0.5


def loop(chords: list[tuple[int, int]], rounds: int = 4) -> np.ndarray:
    """Roots in semitones above C and their thirds, four strokes of half a second each, over a bass."""
    sound = []
    for root, third in chords * rounds:
        notes = (36 + root, 60 + root, 60 + root + third, 67 + root)
        tones = sum(sawtooth(frequency(note), 0.5, RATE) for note in notes)
        sound += [faded(0.1 * tones * np.exp(-4 * np.arange(len(tones)) / RATE), RATE)] * 4
    return np.concatenate(sound)


def test_of_keys_with_the_same_chords_that_one_is_named_whose_chord_the_sound_begins_with(labeler: Labeler) -> None:
    chords = [(7, 4), (0, 4), (4, 3), (9, 3)]  # G C Em Am
    for start, wanted in ((0, "G major"), (2, "E minor")):
        keys, _ = parted(labeler.labels(loop(chords[start:] + chords[:start])))
        assert [label.name for label in keys] == [wanted]


def test_the_example_is_d_major_at_120(labeler: Labeler) -> None:
    found = labeler.labels(np.asarray(load("key").example()[0])[0])
    assert [label.name for label in found] == ["D major", "120 BPM"]


def test_a_change_is_heard(labeler: Labeler) -> None:
    sound = np.concatenate([cadences(0, False, 0.5, 16), cadences(3, True, 0.4, 20)])
    keys, tempi = parted(labeler.labels(sound))
    assert [label.name for label in keys] == ["C major", "Eb minor"]
    assert [label.name for label in tempi] == ["120 BPM", "150 BPM"]
    assert keys[1].start == pytest.approx(32, abs=4)
    assert tempi[1].start == pytest.approx(32, abs=4)


def test_noise_has_neither(labeler: Labeler) -> None:
    assert labeler.labels(0.1 * np.random.default_rng(0).standard_normal(20 * RATE)) == []


def test_strokes_have_a_tempo_and_no_key(labeler: Labeler) -> None:
    rng = np.random.default_rng(1)
    sound = 1e-5 * rng.standard_normal(20 * RATE)
    for i in range(36):
        at = int(i * 0.55 * RATE)
        sound[at : at + 4000] += 0.4 * rng.standard_normal(4000) * np.exp(-np.arange(4000) / 600)
    keys, tempi = parted(labeler.labels(sound))
    assert keys == []
    assert [label.name for label in tempi] == ["109 BPM"]


def test_a_held_chord_has_no_tempo(labeler: Labeler) -> None:
    chord = faded(0.1 * sum(sawtooth(frequency(note), 12.0, RATE) for note in (48, 55, 64)), RATE)
    _, tempi = parted(labeler.labels(chord))
    assert tempi == []
