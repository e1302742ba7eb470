"""What both engines must do: pitch, length, stereo, attacks, resonances."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from endpoints.time_pitch.change import Change, Engine
from endpoints.time_pitch.formants import envelope
from endpoints.time_pitch.vocoder import PhaseVocoder
from tests.endpoints.time_pitch.sounds import ENGINES, RATE, changed, frequency, seconds, strokes, vowel

Make = Callable[[], Engine]
FIFTH = 2 ** (7 / 12)


@ENGINES
@pytest.mark.parametrize(
    ("tone", "change"),
    [
        (110.0, Change(4.0)),
        (3000.0, Change(1.5)),
        (110.0, Change(0.25)),
        (3000.0, Change(pitch=FIFTH)),
        (110.0, Change(pitch=0.5)),
        (440.0, Change(1.3, 0.8)),
    ],
)
def test_a_tone_has_the_pitch_and_the_level_that_it_should(make: Make, tone: float, change: Change) -> None:
    tones = 0.5 * np.sin(2 * np.pi * tone * seconds(1.5))[None].astype(np.float32)
    made = changed(make(), tones, change)
    assert abs(1200 * math.log2(frequency(made[0]) / (tone * change.pitch))) < 0.5  # cents; 5 are heard
    middle = made[0, made.shape[1] // 4 : -made.shape[1] // 4]
    assert 20 * math.log10(math.sqrt(2 * float(np.mean(middle**2))) / 0.5) == pytest.approx(0.0, abs=0.2)


def test_our_own_keeps_the_levels_of_a_chord_s_tones() -> None:
    tones, time = (220.0, 277.2, 329.6, 1760.0), seconds(3.0)
    chord = 0.2 * sum(np.sin(2 * np.pi * tone * time) for tone in tones)
    made = changed(PhaseVocoder(), np.asarray(chord, np.float32)[None], Change(1.4))[0, RATE:-RATE]
    levels = np.abs(np.fft.rfft(made * np.hanning(len(made)))) / (len(made) / 4)
    for tone in tones:
        near = round(tone * len(made) / RATE)
        assert 20 * math.log10(levels[near - 3 : near + 4].max() / 0.2) == pytest.approx(0.0, abs=1.5)


@ENGINES
def test_both_channels_stay_as_far_apart_as_they_were(make: Make) -> None:
    time = seconds(2.0)
    left, right = np.sin(2 * np.pi * 440 * time), 0.3 * np.sin(2 * np.pi * 440 * time + 1.0)
    made = changed(make(), np.stack([left, right]).astype(np.float32), Change(1.5))
    ends = made[:, made.shape[1] // 4 : -made.shape[1] // 4]
    spectra = np.fft.rfft(ends * np.hanning(ends.shape[1]), axis=1)
    top = int(np.abs(spectra[0]).argmax())
    between = spectra[1, top] / spectra[0, top]
    assert abs(between) == pytest.approx(0.3, rel=0.02)
    assert np.angle(between) == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("gap", [0.5, 0.107])  # sixteenths at 140 BPM
@pytest.mark.parametrize("change", [Change(2.0), Change(0.7), Change(pitch=FIFTH)])
def test_our_own_keeps_attacks_in_their_places_and_sharp(change: Change, gap: float) -> None:
    at = np.arange(0.5, 3.5, gap)
    made = changed(PhaseVocoder(), strokes(at, 4.0), change)[0]
    for moment in at:
        place, near = round(moment * change.time * RATE), round(0.004 * RATE)
        before = made[place - 6 * near : place - near]
        stroke = made[place : place + 2 * near]
        assert np.mean(before**2) < 10**-1.6 * np.mean(stroke**2)  # what sounds ahead of a stroke is its echo
        around = made[place - 3 * near : place + 6 * near] ** 2
        smooth = np.convolve(around, np.ones(44) / 44, "same")
        assert abs(int(np.argmax(smooth > 0.5 * smooth.max())) - 3 * near) < near


@ENGINES
def test_resonances_stay_where_they_are_or_move_with_the_pitch(make: Make) -> None:
    import torch

    def resonance(samples: np.ndarray) -> float:
        middle = samples[0, RATE // 2 : RATE // 2 + 4096] * np.hanning(4096)
        smooth = envelope(torch.from_numpy(np.abs(np.fft.rfft(middle))).float(), RATE)
        return float(smooth.argmax()) * RATE / 4096

    sung = vowel(140.0, (900.0,))
    assert resonance(sung) == pytest.approx(900.0, rel=0.08)
    assert resonance(changed(make(), sung, Change(pitch=FIFTH))) == pytest.approx(900.0 * FIFTH, rel=0.1)
    kept = changed(make(), sung, Change(pitch=FIFTH, keeps_formants=True))
    assert resonance(kept) == pytest.approx(900.0, rel=0.12)
    assert frequency(kept[0]) / (140.0 * FIFTH) == pytest.approx(round(frequency(kept[0]) / (140.0 * FIFTH)), abs=0.01)


@ENGINES
@pytest.mark.parametrize("samples", [1024, 20000])
def test_short_sounds_come_back_too(make: Make, samples: int) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(samples) / RATE)[None].astype(np.float32)
    for change in (Change(4.0), Change(0.25), Change(pitch=2.0)):
        made = changed(make(), tone, change)
        assert made.shape == (1, change.length(samples)) and np.isfinite(made).all()


@ENGINES
def test_how_the_sound_is_read_changes_nothing(make: Make) -> None:
    generator = np.random.default_rng(3)
    noise = 0.1 * generator.standard_normal((2, RATE)).astype(np.float32)
    once, piecewise = (changed(make(), noise, Change(1.2, 1.1), block=block) for block in (RATE, 997))
    assert np.array_equal(once, piecewise)


@ENGINES
def test_silence_stays_silent(make: Make) -> None:
    assert not changed(make(), np.zeros((2, RATE), np.float32), Change(1.5, FIFTH, keeps_formants=True)).any()


@pytest.mark.parametrize("rate", [8000, 96000])
def test_our_own_knows_every_rate(rate: int) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * seconds(1.5, rate))[None].astype(np.float32)
    made = changed(PhaseVocoder(), tone, Change(1.3, FIFTH), rate)
    assert abs(1200 * math.log2(frequency(made[0], rate) / (440 * FIFTH))) < 0.5
