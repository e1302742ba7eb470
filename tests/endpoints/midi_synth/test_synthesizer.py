"""The built-in synthesizer: pitch, time, and everything that channel messages say."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from endpoints.midi_synth.synthesizer import MOST_VOICES, Synthesizer
from endpoints.midi_synth.timbres import timbre
from tests.endpoints.midi_synth.sounding import RATE, hertz, level, midi, sound_of

ORGAN = (0.0, (0xC0, 19))


def note(start: float, end: float, pitch: int, velocity: int = 90, channel: int = 0) -> tuple:
    return (start, (0x90 | channel, pitch, velocity)), (end, (0x80 | channel, pitch, 0))


@pytest.mark.parametrize(("pitch", "expected"), [(69, 440.0), (57, 220.0), (81, 880.0), (60, 261.63), (36, 65.41)])
def test_a_note_has_its_pitch_and_its_time(pitch: int, expected: float) -> None:
    sound = sound_of(midi(*note(0.5, 1.5, pitch)))
    assert hertz(sound, 0.6, 1.4) == pytest.approx(expected, rel=0.004)
    first = np.flatnonzero(np.abs(sound[0]) > 1e-3)[0] / RATE
    assert first == pytest.approx(0.5, abs=0.004)
    assert level(sound, 0.0, 0.49) == 0.0
    assert level(sound, 1.9, 2.0) < 0.05 * level(sound, 0.6, 1.4)


@pytest.mark.parametrize("program", range(128))
def test_every_program_sounds_within_bounds_and_ends(program: int) -> None:
    sound = sound_of(midi((0.0, (0xC0, program)), *note(0.0, 0.2, 60, 127), end=0.2), 0.3, 8000)
    assert 0.01 < float(np.abs(sound).max()) < 0.5
    assert np.isfinite(sound).all()
    assert timbre(program).release >= 3.0


def test_hard_notes_are_louder_and_brighter() -> None:
    soft, hard = (sound_of(midi(*note(0.0, 1.0, 48, velocity))) for velocity in (30, 120))
    assert level(hard, 0, 1) > 5 * level(soft, 0, 1)

    def centroid(sound: np.ndarray) -> float:
        spectrum = np.abs(np.fft.rfft(sound[0, RATE // 10 : RATE // 2]))
        return float((spectrum * np.arange(len(spectrum))).sum() / spectrum.sum())

    assert centroid(hard) > 1.1 * centroid(soft)


def test_the_pedal_holds_notes_until_it_is_let_go() -> None:
    pedal = ((0.0, (0xB0, 64, 127)), (1.0, (0xB0, 64, 0)))
    held = sound_of(midi(ORGAN, *note(0.1, 0.3, 60), *pedal))
    plain = sound_of(midi(ORGAN, *note(0.1, 0.3, 60)))
    assert level(plain, 0.6, 0.9) < 1e-5 < 0.01 < level(held, 0.6, 0.9)
    assert level(held, 1.5, 1.9) < 1e-5


def test_the_wheel_bends_by_its_range() -> None:
    bent = (0.0, (0xE0, 0x7F, 0x7F))
    assert hertz(sound_of(midi(ORGAN, bent, *note(0.1, 1.5, 69))), 0.3, 1.3) == pytest.approx(493.9, rel=0.002)
    twelve = [(0.0, (0xB0, *pair)) for pair in ((101, 0), (100, 0), (6, 12))]
    sound = sound_of(midi(ORGAN, *twelve, bent, *note(0.1, 1.5, 57)))
    assert hertz(sound, 0.3, 1.3) == pytest.approx(440.0, rel=0.002)
    down = sound_of(midi(ORGAN, *note(0.1, 1.9, 69), (1.0, (0xE0, 0, 0))))
    assert hertz(down, 0.2, 0.9) == pytest.approx(440.0, rel=0.002)
    assert hertz(down, 1.1, 1.8) == pytest.approx(392.0, rel=0.002)
    assert float(np.abs(np.diff(down[0, round(0.9 * RATE) : round(1.1 * RATE)])).max()) < 0.05, "no click"


def test_volume_expression_and_pan() -> None:
    full = sound_of(midi(ORGAN, (0.0, (0xB0, 7, 127)), *note(0.0, 1.0, 60)))
    for control in (7, 11):
        half = sound_of(midi(ORGAN, (0.0, (0xB0, 7, 127)), (0.0, (0xB0, control, 64)), *note(0.0, 1.0, 60)))
        assert level(half, 0, 1) == pytest.approx(level(full, 0, 1) * (64 / 127) ** 2, rel=1e-3)
    left, right = (sound_of(midi(ORGAN, (0.0, (0xB0, 10, pan)), *note(0.0, 1.0, 60))) for pan in (0, 127))
    assert level(left[1:], 0, 1) < 1e-6 < level(left[:1], 0, 1)
    assert level(right[:1], 0, 1) < 1e-6 < level(right[1:], 0, 1)
    middle = sound_of(midi(ORGAN, *note(0.0, 1.0, 60)))
    np.testing.assert_allclose(middle[0], middle[1], atol=1e-6)


def test_the_modulation_wheel_makes_a_vibrato() -> None:
    straight = sound_of(midi((0.0, (0xC0, 80)), *note(0.0, 1.9, 69)))
    moved = sound_of(midi((0.0, (0xC0, 80)), (0.0, (0xB0, 1, 127)), *note(0.0, 1.9, 69)))

    def spread(sound: np.ndarray) -> float:
        found = [hertz(sound, start, start + 0.05) for start in np.arange(0.5, 1.8, 0.045)]
        return float(np.ptp(found))

    assert spread(straight) < 2.0 < 10.0 < spread(moved)


def test_drums_are_struck_and_a_closed_hat_stops_an_open_one() -> None:
    sounds = [sound_of(midi((0.0, (0x99, key, 100)), end=0.5), 0.5, 22050) for key in range(27, 88)]
    assert all(0.01 < float(np.abs(sound).max()) < 1.0 for sound in sounds)
    kick, hat = sounds[36 - 27], sounds[42 - 27]
    assert hertz(kick, 0.05, 0.3, 22050) < 120 < 5000 < hertz(hat, 0.0, 0.05, 22050)
    ringing = sound_of(midi((0.0, (0x99, 46, 100))))
    choked = sound_of(midi((0.0, (0x99, 46, 100)), (0.1, (0x99, 42, 100))))
    assert level(choked, 0.25, 0.4) < 0.1 * level(ringing, 0.25, 0.4)


@pytest.mark.parametrize(("control", "quiet"), [(120, 0.05), (123, 0.4)])
def test_all_notes_off(control: int, quiet: float) -> None:
    sound = sound_of(midi(ORGAN, (0.0, (0x90, 60, 100)), (0.0, (0x90, 64, 100)), (0.5, (0xB0, control, 0))))
    assert level(sound, 0.2, 0.5) > 0.01
    assert level(sound, 0.5 + quiet, 2.0) < 1e-5


def test_a_note_that_nothing_ends_ends_with_the_file() -> None:
    sound = sound_of(midi(ORGAN, (0.0, (0x90, 60, 100)), end=1.0))
    assert level(sound, 0.8, 1.0) > 0.01
    assert level(sound, 1.5, 2.0) < 1e-5


def test_a_key_struck_twice_needs_two_ends() -> None:
    events = [(0.0, (0x90, 60, 100)), (0.2, (0x90, 60, 100)), (0.4, (0x80, 60, 0)), (1.0, (0x80, 60, 0))]
    sound = sound_of(midi(ORGAN, *events))
    assert level(sound, 0.8, 1.0) > 0.01
    assert level(sound, 1.4, 2.0) < 1e-5


def test_more_notes_than_there_are_voices_are_no_more_work() -> None:
    synth = Synthesizer(RATE)
    for pitch, channel in itertools.product(range(128), range(9)):
        synth.take(bytes((0x90 | channel, pitch, 100)))
    assert sum(not voice.over for channel in synth._channels for voice in channel.voices) <= 2 * MOST_VOICES
    for _ in range(40):
        sound = synth.play(512)
        assert np.isfinite(sound).all()
    assert sum(len(channel.voices) for channel in synth._channels) <= MOST_VOICES


def test_thousands_of_notes_at_once_are_no_more_memory() -> None:
    synth = Synthesizer(RATE)
    for place in range(5000):
        synth.take(bytes((0x90 | place % 9, place % 128, 100)))
        assert sum(len(channel.voices) for channel in synth._channels) <= 3 * MOST_VOICES
    held = sum(len(voices) for channel in synth._channels for voices in channel.down.values())
    assert held <= 3 * MOST_VOICES


def test_a_crowded_moment_is_cut_coarser_and_a_quiet_one_finely_again() -> None:
    synth = Synthesizer(RATE)
    fine = synth.step
    for pitch in range(MOST_VOICES):
        synth.take(bytes((0x90, pitch, 100)))
    assert synth.step == 4 * fine
    synth.take(bytes((0xB0, 120, 0)))
    for _ in range(10):
        synth.play(512)
    assert not synth.sounding and synth.step == fine


def test_any_message_is_taken() -> None:
    random = np.random.default_rng(4)
    synth = Synthesizer(8000)
    for _ in range(3000):
        kind = 0x80 + 0x10 * int(random.integers(0, 7))
        size = 1 if kind in (0xC0, 0xD0) else 2
        synth.take(bytes((kind | int(random.integers(0, 16)), *map(int, random.integers(0, 128, size)))))
        if random.random() < 0.02:
            assert np.isfinite(synth.play(64)).all()
