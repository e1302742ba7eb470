from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from endpoints.bundled import load
from endpoints.bundled.labeler_examples import frequency
from tests.endpoints.bundled.scripted import Labeler, faded, sawtooth, sine

RATE = 22050
ROOTS = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]


@pytest.fixture(scope="module")
def labeler() -> Labeler:
    return Labeler("chords")


def sounding(notes: list[float], seconds: float, wave=sawtooth) -> np.ndarray:
    return faded(0.15 * sum(wave(frequency(note), seconds, RATE) for note in notes), RATE)


def triad(root: int, minor: bool, inversion: int = 0) -> list[int]:
    notes = [root, root + (3 if minor else 4), root + 7]
    return sorted(note + 12 * (i < inversion) for i, note in enumerate(notes))


@pytest.mark.parametrize(
    ("octave", "inversion", "wave"),
    [
        pytest.param(*case, marks=() if case[2] is sine or case[0] == 48 + 6 * case[1] else pytest.mark.slow)
        for case in product((48, 60), range(3), (sine, sawtooth))
    ],
)
def test_every_triad_has_its_name(labeler: Labeler, wave, inversion: int, octave: int) -> None:
    for i in range(24):
        found = labeler.labels(sounding(triad(octave + i % 12, i >= 12, inversion), 1.5, wave), pad=1.0)
        assert [label.name for label in found] == [ROOTS[i % 12] + "m" * (i >= 12)]
        assert found[0].start == pytest.approx(0, abs=0.05)
        assert found[0].end == pytest.approx(1.5, abs=0.05)
        assert found[0].confidence > 0.7


def test_an_offset_is_no_chord_and_changes_none(labeler: Labeler) -> None:
    noise = 1e-6 * np.random.default_rng(0).standard_normal(RATE)
    sound = np.concatenate([noise, sounding(triad(60, minor=False), 1.5), noise])
    plain, moved = labeler.labels(sound), labeler.labels(sound + 0.005)
    assert [label.name for label in moved] == [label.name for label in plain] == ["C"]
    assert moved[0].start == pytest.approx(plain[0].start, abs=0.05)


@pytest.mark.parametrize("cents", [-35, 15, 35])
def test_every_triad_out_of_tune(labeler: Labeler, cents: float) -> None:
    for i in range(24):
        notes = [note + cents / 100 for note in triad(55 + i % 12, i >= 12)]
        found = labeler.labels(sounding(notes, 1.0))
        assert [label.name for label in found] == [ROOTS[(55 + i) % 12] + "m" * (i >= 12)]


@pytest.mark.parametrize("level", [0.01, 1.0, 5.0])
def test_level_does_not_matter(labeler: Labeler, level: float) -> None:
    assert [label.name for label in labeler.labels(level * sounding(triad(57, True), 1.5))] == ["Am"]


def test_a_progression_has_its_chords_and_times(labeler: Labeler) -> None:
    chords = [(60, False), (57, True), (53, False), (55, False), (52, True), (60, False)]
    found = labeler.labels(np.concatenate([sounding([root - 12, *triad(root, minor)], 1.0) for root, minor in chords]))
    assert [label.name for label in found] == ["C", "Am", "F", "G", "Em", "C"]
    assert [label.start for label in found] == pytest.approx(range(6), abs=0.1)
    assert [label.end for label in found] == pytest.approx(range(1, 7), abs=0.1)


def test_plucked_chords_of_the_example(labeler: Labeler) -> None:
    found = labeler.labels(np.asarray(load("chords").example()[0])[0])
    assert [label.name for label in found] == ["C", "Am", "F", "G"]
    assert [label.start for label in found] == pytest.approx([0, 2, 4, 6], abs=0.1)


def test_arpeggios_are_chords(labeler: Labeler) -> None:
    notes = [*triad(60, False), 72, *triad(57, True), 69]
    ringing = np.zeros(6 * RATE)
    for i in range(16):
        tone = faded(0.2 * sawtooth(frequency(notes[i % 4 + 4 * (i >= 8)]), 0.6, RATE), RATE)
        at = int(i * 0.2 * RATE)
        ringing[at : at + len(tone)] += tone
    assert [label.name for label in labeler.labels(ringing)] == ["C", "Am"]


def test_silence_between_chords_is_not_labelled(labeler: Labeler) -> None:
    sound = np.concatenate([sounding(triad(60, False), 1.0), np.zeros(RATE), sounding(triad(60, False), 1.0)])
    found = labeler.labels(sound)
    assert [label.name for label in found] == ["C", "C"]
    assert found[0].end == pytest.approx(1.0, abs=0.1)
    assert found[1].start == pytest.approx(2.0, abs=0.1)


def test_noise_is_no_chord(labeler: Labeler) -> None:
    found = labeler.labels(0.3 * np.random.default_rng(0).standard_normal(5 * RATE))
    assert [label.name for label in found] == ["N"]


def test_a_single_pure_tone_is_no_chord(labeler: Labeler) -> None:
    assert [label.name for label in labeler.labels(sounding([60], 2.0, sine))] == ["N"]


def test_noise_underneath_does_not_matter(labeler: Labeler) -> None:
    chord = sounding(triad(62, True), 2.0)
    noise = np.random.default_rng(0).standard_normal(len(chord)) * np.sqrt(np.mean(chord**2)) * 10 ** (-10 / 20)
    assert [label.name for label in labeler.labels(chord + noise)] == ["Dm"]


SEVENTHS = {"7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11), "m7": (0, 3, 7, 10), "sus4": (0, 5, 7), "sus2": (0, 2, 7)}


@pytest.mark.parametrize("kind", SEVENTHS)
def test_chords_beyond_triads_have_names_where_they_are_asked_for(labeler: Labeler, kind: str) -> None:
    for root in range(0, 12, 5):
        notes = [36 + root, *(55 + (root + 5 + tone) % 12 for tone in SEVENTHS[kind])]
        found = labeler.labels(sounding(notes, 1.5), chords="With sevenths and sus")
        assert [label.name for label in found] == [ROOTS[root] + kind]


@pytest.mark.parametrize("kind", ["7", "maj7", "m7"])
def test_a_seventh_is_else_called_by_its_triad(labeler: Labeler, kind: str) -> None:
    notes = [38, *(62 + tone for tone in SEVENTHS[kind])]
    assert [label.name for label in labeler.labels(sounding(notes, 1.5))] == ["Dm" if kind == "m7" else "D"]


def test_a_bass_that_walks_changes_no_chord(labeler: Labeler) -> None:
    chord = sounding([60, 64, 67], 4.0)
    for i, note in enumerate((36, 40, 43, 45, 43, 40, 38, 36)):
        at = i * RATE // 2
        chord[at : at + RATE // 2] += faded(0.2 * sawtooth(frequency(note), 0.5, RATE), RATE)[: RATE // 2]
    assert [label.name for label in labeler.labels(chord)] == ["C"]


def test_drums_neither_hide_a_chord_nor_make_one(labeler: Labeler) -> None:
    rng = np.random.default_rng(2)
    strokes = np.zeros(6 * RATE)
    for i in range(48):
        burst = 0.5 * rng.standard_normal(RATE // 10) * np.exp(-np.arange(RATE // 10) / 400)
        strokes[i * RATE // 8 : i * RATE // 8 + len(burst)] += burst
    assert [label.name for label in labeler.labels(strokes)] in (["N"], [])
    chords = np.concatenate([sounding(triad(57, True), 3.0), sounding(triad(53, False), 3.0)])
    assert 10 * np.log10(np.mean(strokes**2) / np.mean(chords**2)) > -3, "strokes nearly as loud as the chords"
    assert [label.name for label in labeler.labels(chords + strokes)] == ["Am", "F"]
