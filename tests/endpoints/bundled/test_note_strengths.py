from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.bundled.labeler_examples import frequency
from endpoints.bundled.note_strengths import LOWEST, NOTES, NoteStrengths
from tests.endpoints.bundled.scripted import faded, sawtooth, sine

RATE = 22050


@pytest.fixture(scope="module")
def notes() -> NoteStrengths:
    return NoteStrengths().eval()


def heard(notes: NoteStrengths, sound: np.ndarray) -> torch.Tensor:
    """Mean strength of each note, the strongest being 1."""
    with torch.inference_mode():
        strengths = notes(torch.from_numpy(sound.astype(np.float32)))
    assert strengths.shape == (1 + len(sound) // 1024, NOTES)
    assert (strengths >= 0).all()
    mean = strengths[10:-10].mean(0)
    return mean / mean.max()


@pytest.mark.parametrize("midi", [33, 45, 57, 69, 81])
def test_a_note_with_overtones_is_one_note(notes: NoteStrengths, midi: int) -> None:
    found = heard(notes, faded(0.3 * sawtooth(frequency(midi), 2.0, RATE), RATE))
    assert int(found.argmax()) + LOWEST == midi
    others = torch.cat([found[: midi - LOWEST - 1], found[midi - LOWEST + 2 :]])
    assert others.max() < 0.45


@pytest.mark.parametrize("cents", [-40, -20, 0, 20, 40])
def test_tuning_is_heard(notes: NoteStrengths, cents: float) -> None:
    sound = sum(sawtooth(frequency(midi + cents / 100), 2.0, RATE) for midi in (48, 55, 64))
    spectra = torch.stack([torch.fft.rfft(torch.from_numpy(sound[:8192]).float() * notes.window).abs() / 4096.0])
    assert notes.tuning(spectra) == pytest.approx(cents / 100, abs=0.05)


def test_the_notes_are_the_least_squares(notes: NoteStrengths) -> None:
    generator = torch.Generator().manual_seed(0)
    played = torch.zeros(4, NOTES)
    played[torch.arange(4), torch.randint(5, 60, (4,), generator=generator)] = 1.0
    played[torch.arange(4), torch.randint(5, 60, (4,), generator=generator)] += 0.5
    spectra = played @ notes.profiles
    found = notes.explained(spectra)
    assert (found @ notes.profiles - spectra).norm() < 0.1 * spectra.norm()
    # the conditions of Karush, Kuhn and Tucker: no slope where a note sounds, none downwards where it does not
    slope = (found @ notes.profiles - spectra) @ notes.profiles.t()
    assert (slope * found).abs().max() < 0.02
    assert slope.min() > -0.05


def test_strokes_are_left_out(notes: NoteStrengths) -> None:
    sound = faded(0.1 * sine(frequency(60), 3.0, RATE), RATE)
    rng = np.random.default_rng(0)
    for at in range(RATE // 4, 3 * RATE - 4000, RATE // 4):
        sound[at : at + 2000] += rng.standard_normal(2000) * np.exp(-np.arange(2000) / 200)
    assert int(heard(notes, sound).argmax()) + LOWEST == 60


def test_level_changes_nothing(notes: NoteStrengths) -> None:
    sound = 0.2 * sawtooth(frequency(52), 1.5, RATE)
    torch.testing.assert_close(heard(notes, sound), heard(notes, 0.01 * sound), atol=1e-3, rtol=0)
