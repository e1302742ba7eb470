from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.bundled import load
from endpoints.bundled.labeler_examples import frequency
from tests.endpoints.bundled.scripted import Labeler, faded, sawtooth, sine

RATE = 22050
SEMITONES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]


@pytest.fixture(scope="module")
def labeler() -> Labeler:
    return Labeler("pitch_notes")


def name(midi: int) -> str:
    return f"{SEMITONES[midi % 12]}{midi // 12 - 1}"


def between_silences(sound: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros(RATE // 2), faded(sound, RATE), np.zeros(RATE // 2)])


def test_names_are_those_of_the_piano(labeler: Labeler) -> None:
    assert len(labeler.classes) == 88 + 1
    assert (labeler.classes[0], labeler.classes[48], labeler.classes[87]) == ("A0", "A4", "C8")


@pytest.mark.parametrize("wave", [sine, sawtooth])
def test_every_semitone_from_e1_to_c8(labeler: Labeler, wave) -> None:
    for midi in range(28, 109):
        found = labeler.labels(between_silences(0.5 * wave(frequency(midi), 0.5, RATE)))
        assert [label.name for label in found] == [name(midi)]
        assert found[0].start == pytest.approx(0.5, abs=0.03), name(midi)
        assert found[0].end == pytest.approx(1.0, abs=0.03), name(midi)
        assert found[0].confidence > 0.5


@pytest.mark.parametrize("wave", [sine, sawtooth])
def test_the_lowest_notes(labeler: Labeler, wave) -> None:
    for midi in range(21, 28):
        found = labeler.labels(between_silences(0.5 * wave(frequency(midi), 0.5, RATE)))
        assert [label.name for label in found] == [name(midi)]
        assert found[0].start == pytest.approx(0.5, abs=0.05), name(midi)
        assert found[0].end == pytest.approx(1.0, abs=0.05), name(midi)


@pytest.mark.parametrize("cents", [-40, -20, 20, 40])
def test_notes_out_of_tune_keep_their_name(labeler: Labeler, cents: float) -> None:
    for midi in range(40, 89, 5):
        found = labeler.labels(between_silences(0.5 * sawtooth(frequency(midi + cents / 100), 0.5, RATE)))
        assert [label.name for label in found] == [name(midi)]


@pytest.mark.parametrize("level", [0.0005, 0.001, 0.003, 0.03, 1.0])
def test_level_does_not_matter(labeler: Labeler, level: float) -> None:
    found = labeler.labels(between_silences(level * sawtooth(220.0, 0.5, RATE)))
    assert [label.name for label in found] == ["A3"]


def test_a_soft_melody_is_heard_as_a_loud_one_and_what_is_soft_beside_a_loud_one_is_not(labeler: Labeler) -> None:
    loud = np.concatenate([between_silences(0.5 * sawtooth(frequency(midi), 0.5, RATE)) for midi in (60, 64, 67)])
    expected = labeler.labels(loud)
    assert [label.name for label in expected] == ["C4", "E4", "G4"]
    soft = labeler.labels(loud * 10 ** (-60 / 20) / np.abs(loud).max())
    assert [label.name for label in soft] == ["C4", "E4", "G4"]
    assert [label.start for label in soft] == pytest.approx([label.start for label in expected], abs=0.02)
    hum = 3e-4 * sine(50, 4.0, RATE)
    assert [label.name for label in labeler.labels(np.concatenate([loud, hum]))] == ["C4", "E4", "G4"]


def test_an_offset_changes_no_note(labeler: Labeler) -> None:
    sound = between_silences(0.05 * sawtooth(220.0, 0.5, RATE))
    plain, (moved,) = labeler.labels(sound), labeler.labels(sound + 0.005)
    assert [moved.name] == [label.name for label in plain] == ["A3"]
    assert moved.start == pytest.approx(plain[0].start, abs=0.02)


def test_a_scale_has_its_notes_and_times(labeler: Labeler) -> None:
    scale = [60, 62, 64, 65, 67, 69, 71, 72]
    found = labeler.labels(np.concatenate([faded(0.5 * sawtooth(frequency(m), 0.25, RATE), RATE) for m in scale]))
    assert [label.name for label in found] == [name(midi) for midi in scale]
    assert [label.start for label in found] == pytest.approx([0.25 * i for i in range(8)], abs=0.04)


def test_legato_notes_are_told_apart(labeler: Labeler) -> None:
    hertz = np.repeat([frequency(midi) for midi in (57, 58, 57, 60, 64)], RATE // 4)
    found = labeler.labels(0.5 * np.sin(2 * np.pi * np.cumsum(hertz) / RATE))
    assert [label.name for label in found] == ["A3", "A#3", "A3", "C4", "E4"]


def test_a_note_struck_again_is_a_new_note(labeler: Labeler) -> None:
    decay = np.exp(-6 * np.arange(int(0.3 * RATE)) / RATE)
    found = labeler.labels(np.tile(faded(0.5 * sawtooth(440, 0.3, RATE), RATE, 0.005) * decay, 5))
    assert [label.name for label in found] == ["A4"] * 5
    assert [label.start for label in found] == pytest.approx([0.3 * i for i in range(5)], abs=0.03)


@pytest.mark.parametrize("hertz", [110, 440])
def test_a_note_that_starts_as_the_last_one_ends_is_a_new_note(labeler: Labeler, hertz: float) -> None:
    found = labeler.labels(np.tile(faded(0.5 * sawtooth(hertz, 0.25, RATE), RATE, 0.02), 6))
    assert len(found) == 6
    assert [label.start for label in found] == pytest.approx([0.25 * i for i in range(6)], abs=0.03)


@pytest.mark.parametrize("semitones", [0.3, 0.6, 0.9])
def test_vibrato_is_one_note(labeler: Labeler, semitones: float) -> None:
    time = np.arange(2 * RATE) / RATE
    hertz = 440 * 2 ** (semitones / 12 * np.sin(2 * np.pi * 5.5 * time))
    found = labeler.labels(faded(0.5 * np.sin(2 * np.pi * np.cumsum(hertz) / RATE), RATE))
    assert [label.name for label in found] == ["A4"]


def test_a_trill_is_many_notes(labeler: Labeler) -> None:
    hertz = np.repeat([frequency(midi) for midi in (69, 70) * 8], RATE // 8)
    found = labeler.labels(faded(0.5 * np.sin(2 * np.pi * np.cumsum(hertz) / RATE), RATE))
    assert [label.name for label in found] == ["A4", "A#4"] * 8


def test_tremolo_is_one_note(labeler: Labeler) -> None:
    time = np.arange(2 * RATE) / RATE
    found = labeler.labels(faded(sawtooth(220, 2, RATE) * (0.4 + 0.08 * np.sin(2 * np.pi * 5 * time)), RATE))
    assert [label.name for label in found] == ["A3"]


@pytest.mark.parametrize("snr", [30, 20, 10])
def test_noise_underneath_does_not_matter(labeler: Labeler, snr: float) -> None:
    tone = sawtooth(196.0, 1.0, RATE)
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(3 * RATE) * np.sqrt(np.mean(tone**2)) * 10 ** (-snr / 20)
    noise[RATE : 2 * RATE] += tone
    found = labeler.labels(0.3 * noise)
    assert [label.name for label in found] == ["G3"]
    assert found[0].start == pytest.approx(1.0, abs=0.05)
    assert found[0].end == pytest.approx(2.0, abs=0.05)


def test_noise_has_no_notes(labeler: Labeler) -> None:
    assert labeler.labels(0.3 * np.random.default_rng(0).standard_normal(10 * RATE)) == []


def test_example_is_the_ode_to_joy(labeler: Labeler) -> None:
    found = labeler.labels(np.asarray(load("pitch_notes").example()[0])[0])
    assert [label.name[0] for label in found] == list("EEFGGFEDCCDEEDD")


def test_chords_are_said_to_be_several_notes_and_a_melody_is_not(labeler: Labeler) -> None:
    chords = np.concatenate([faded(0.1 * sum(sawtooth(frequency(m), 0.5, RATE) for m in (55, 60, 64)), RATE)] * 12)
    line = np.concatenate([faded(0.3 * sawtooth(frequency(m), 0.5, RATE), RATE) for m in (60, 62, 64, 67) * 5])
    found = labeler.labels(np.concatenate([chords, np.zeros(2 * RATE), line]))
    (several,) = [label for label in found if label.name.startswith("sounds like several notes")]
    assert several.start == pytest.approx(0.0, abs=0.5)
    assert several.end == pytest.approx(6.0, abs=2.0)
    assert several.confidence > 0.5
    assert [label.name for label in found if label.start > 7.9] == ["C4", "D4", "E4", "G4"] * 5


def test_notes_beyond_the_range_have_no_label(labeler: Labeler) -> None:
    line = np.concatenate([between_silences(0.5 * sawtooth(frequency(m), 0.5, RATE)) for m in (40, 60, 64, 88)])
    x = torch.from_numpy(line.astype(np.float32))[None]
    for lowest, highest in (("C4", "E4"), ("E4", "C4")):
        with torch.inference_mode():
            labels, _ = labeler.model(x, lowest=lowest, highest=highest)
        assert [labeler.classes[k] for k in labels.argmax(1).tolist()] == ["C4", "E4"]
