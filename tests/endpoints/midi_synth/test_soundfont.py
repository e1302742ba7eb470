"""Soundfonts: pitch, time and what channel messages say; one that the test writes, and Debian's where it is there."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.errors import HarpistError, ModelFormatError, ModelRunError
from app.midi.file import Event, MidiFile, end_of_track
from app.midi.reading import parse_midi
from endpoints.midi_synth import fluid_library, playing, soundfont
from endpoints.midi_synth.playing import played
from endpoints.midi_synth.soundfont import SoundfontPlayer
from endpoints.midi_synth.synthesizer import Synthesizer
from tests.endpoints.midi_synth import small_soundfont
from tests.endpoints.midi_synth.small_soundfont import DRUM, TONE
from tests.endpoints.midi_synth.sounding import RATE, Sound, hertz, level, midi
from tests.midi.pieces import END, file, scale, tempo
from tests.soundfonts import needs_fluidsynth, on_this_machine

pytestmark = needs_fluidsynth

Play = Callable[..., Sound]


def sounded(path: Path, notes: MidiFile, seconds: float = 2.0, rate: int = RATE) -> Sound:
    with SoundfontPlayer(path, "small", rate) as player:
        return np.concatenate([block.copy() for block in played(notes, player, rate, round(seconds * rate))], 1)


@pytest.fixture(scope="module", params=["sf2", "sf3"])
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("soundfont") / f"small.{request.param}"
    path.write_bytes(small_soundfont.soundfont(vorbis=request.param == "sf3"))
    return path


@pytest.fixture
def play(small: Path) -> Play:
    return lambda *events, end=2.0, **how: sounded(small, midi(*events, end=end), **how)


def note(start: float, end: float, pitch: int, velocity: int = 127, channel: int = 0) -> tuple:
    return (start, (0x90 | channel, pitch, velocity)), (end, (0x80 | channel, pitch, 0))


def first(sound: Sound) -> int:
    """The sample at which something is heard."""
    return int(np.flatnonzero(np.abs(sound).max(0) > 1e-3)[0])


@pytest.mark.parametrize("pitch", [45, 69, 76])
@pytest.mark.parametrize("rate", [44100, 48000])
def test_a_note_has_its_pitch_its_time_and_its_level(play: Play, pitch: int, rate: int) -> None:
    sound = play(*note(0.5, 1.5, pitch), rate=rate)
    assert hertz(sound, 0.6, 1.4, rate) == pytest.approx(TONE * 2 ** ((pitch - 69) / 12), rel=0.001)
    assert first(sound) / rate == pytest.approx(0.5, abs=0.0015)
    assert level(sound, 0.0, 0.499, rate) < 1e-6 and level(sound, 1.7, 2.0, rate) < 1e-5
    # The sample is as loud as can be.
    assert -15 < 20 * np.log10(float(np.abs(sound).max())) < -7


def test_events_stand_on_a_grid_of_less_than_a_millisecond(small: Path) -> None:
    assert SoundfontPlayer.step / RATE < 0.001
    late = []
    for tick in (5000, 5003, 7771, 12345, 17010):
        events = (Event(tick, bytes((0x90, 69, 127))), end_of_track(20000))
        sound = sounded(small, MidiFile(1, 5000, (events,)))
        place = round(tick / 10000 * RATE / SoundfontPlayer.step) * SoundfontPlayer.step
        late.append(first(sound) - place)
    # The same instrument needs the same time to be heard, wherever it begins.
    assert len(set(late)) == 1 and 0 <= late[0] < 0.0015 * RATE


def test_drums_are_on_channel_ten(play: Play) -> None:
    drum, other = (play(*note(0.5, 0.6, key, channel=9)) for key in (36, 60))
    melody = play(*note(0.5, 0.6, 60))
    assert hertz(drum, 0.5, 0.6) == pytest.approx(DRUM, rel=0.02)
    np.testing.assert_array_equal(drum, other)
    assert hertz(melody, 0.5, 0.6) == pytest.approx(TONE * 2 ** (-9 / 12), rel=0.02)


def test_the_pedal_holds_notes_until_it_is_let_go(play: Play) -> None:
    pedal = ((0.0, (0xB0, 64, 127)), (1.0, (0xB0, 64, 0)))
    held, plain = play(*note(0.1, 0.3, 60), *pedal), play(*note(0.1, 0.3, 60))
    assert level(plain, 0.6, 0.9) < 1e-4 < 0.05 < level(held, 0.6, 0.9)
    assert level(held, 1.5, 1.9) < 1e-4


def test_the_wheel_bends_by_its_range(play: Play) -> None:
    bent = (0.0, (0xE0, 0x7F, 0x7F))
    assert hertz(play(bent, *note(0.1, 1.5, 69)), 0.3, 1.3) == pytest.approx(TONE * 2 ** (2 / 12), rel=0.002)
    twelve = [(0.0, (0xB0, *pair)) for pair in ((101, 0), (100, 0), (6, 12))]
    # FluidSynth 2.3 counts a range of 12 as 12 * 127 / 128.
    assert hertz(play(*twelve, bent, *note(0.1, 1.5, 57)), 0.3, 1.3) == pytest.approx(TONE, rel=0.007)
    down = play(*note(0.1, 1.9, 69), (1.0, (0xE0, 0, 0)))
    assert hertz(down, 0.2, 0.9) == pytest.approx(TONE, rel=0.002)
    assert hertz(down, 1.1, 1.8) == pytest.approx(TONE * 2 ** (-2 / 12), rel=0.002)


def test_volume_expression_pan_and_modulation(play: Play) -> None:
    full = play((0.0, (0xB0, 7, 127)), *note(0.0, 1.0, 69))
    for control in (7, 11):
        half = play((0.0, (0xB0, 7, 127)), (0.0, (0xB0, control, 64)), *note(0.0, 1.0, 69))
        assert level(half, 0, 1) == pytest.approx(level(full, 0, 1) * (64 / 127) ** 2, rel=0.03)
    left, right = (play((0.0, (0xB0, 10, pan)), *note(0.0, 1.0, 69)) for pan in (0, 127))
    assert level(left[:1], 0, 1) > 20 * level(left[1:], 0, 1)
    assert level(right[1:], 0, 1) > 20 * level(right[:1], 0, 1)

    def spread(sound: Sound) -> float:
        found = [hertz(sound, start, start + 0.05) for start in np.arange(0.5, 1.8, 0.045)]
        return float(np.ptp(found))

    straight, moved = play(*note(0.0, 1.9, 69)), play((0.0, (0xB0, 1, 127)), *note(0.0, 1.9, 69))
    assert spread(straight) < 3.0 < 8.0 < spread(moved)


@pytest.mark.parametrize("control", [120, 123, 126])
def test_all_notes_off(play: Play, control: int) -> None:
    sound = play((0.0, (0x90, 60, 100)), (0.0, (0x90, 64, 100)), (0.5, (0xB0, control, 0)), (1.0, (0x90, 69, 100)))
    assert level(sound, 0.2, 0.5) > 0.01 and level(sound, 0.8, 0.99) < 1e-4
    assert level(sound, 1.2, 1.9) > 0.01


def test_it_follows_the_tempo_map_and_ends_with_the_file(small: Path) -> None:
    # 120 beats a minute, from the third on 60; the drum is struck at each.
    strokes = parse_midi(file(tempo(500_000) + tempo(1_000_000, after=960) + END, scale((40,) * 4, channel=9)))
    sound = np.abs(sounded(small, strokes, 4.0)).max(0)
    heard = np.flatnonzero(sound > 1e-2)
    starts = heard[np.flatnonzero(np.diff(heard, prepend=-RATE) > RATE // 10)] / RATE
    assert starts == pytest.approx([0.0, 0.5, 1.0, 2.0], abs=0.002)
    held = sounded(small, midi((0.0, (0x90, 69, 100)), end=1.0))
    assert level(held, 0.8, 1.0) > 0.01 and level(held, 1.5, 2.0) < 1e-4


@pytest.mark.parametrize("builtin", [True, False])
def test_blocks_of_any_size_are_the_same_sound(small: Path, builtin: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    moves = [(0.3 + place / 211, (0xE0, 0, place % 128)) for place in range(100)]
    notes = midi(*note(0.1003, 0.9, 69), *note(0.5, 0.8, 40, channel=9), *note(1.49, 1.6, 72), *moves)

    def whole(block: int) -> Sound:
        monkeypatch.setattr(playing, "BLOCK", block)
        if not builtin:
            return sounded(small, notes)
        return np.concatenate([one.copy() for one in played(notes, Synthesizer(RATE), RATE, 2 * RATE)], 1)

    usual = whole(playing.BLOCK)
    assert usual.shape == (2, 2 * RATE) and float(np.abs(usual).max()) > 0.05
    for block in (77, 1024, 10_007, 3 * RATE):
        np.testing.assert_array_equal(whole(block), usual)


def test_silence_costs_nothing_and_changes_nothing(small: Path) -> None:
    with SoundfontPlayer(small, "small", RATE) as player:
        late = played(midi(*note(600.0, 600.5, 69), end=601.0), player, RATE, 601 * RATE)
        loud = [(number, float(np.abs(block).max())) for number, block in enumerate(late)]
    began = next(number for number, peak in loud if peak > 1e-3)
    assert began == 600 * RATE // playing.BLOCK and all(peak == 0.0 for _, peak in loud[: began - 1])


def test_what_is_not_a_soundfont_is_said(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = small.read_bytes()

    def said(data: bytes) -> str:
        path = tmp_path / "bad.sf2"
        path.write_bytes(data)
        with pytest.raises(ModelFormatError) as error:
            SoundfontPlayer(path, "bad", RATE)
        return error.value.message

    for data in (b"", b"RIFF", b"<region> sample=kick.wav", b"RIFF\x10\0\0\0WAVE" + bytes(8)):
        assert said(data) == "“bad” is not a soundfont; a SoundFont 2 or 3 file (.sf2, .sf3) is expected."
    assert said(good[:-100]) == (
        f"The soundfont “bad” is cut short: {len(good) - 100} of its {len(good)} bytes are there."
    )
    broken = "The soundfont “bad” is broken: its instruments cannot be read."
    assert said(good[:60] + bytes(len(good) - 60)) == broken
    assert said(small_soundfont.soundfont(programs=())) == broken
    with pytest.raises(ModelFormatError, match=r"The soundfont “gone” cannot be read: No such file or directory\."):
        SoundfontPlayer(tmp_path / "gone.sf2", "gone", RATE)
    monkeypatch.setattr(soundfont, "LARGEST", 1 << 10)
    assert said(good).startswith("The soundfont “bad” has ")


def test_a_soundfont_that_changes_while_it_plays_is_said(tmp_path: Path) -> None:
    path = tmp_path / "small.sf2"
    path.write_bytes(small_soundfont.soundfont(programs=((0, 4), (0, 8))))
    with SoundfontPlayer(path, "small", RATE) as player:
        player.take(bytes((0xC0, 4)))
        path.write_bytes(b"")
        player.take(bytes((0xC0, 4)))
        with pytest.raises(ModelRunError, match="Program 9 of the soundfont “small” cannot be read: its file"):
            player.take(bytes((0xC0, 8)))


def test_without_fluidsynth_a_sentence_says_what_to_install(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fluid_library, "NAMES", ("libnothing-of-the-kind.so.3",))
    fluid_library.open_library.cache_clear()
    with pytest.raises(ModelRunError, match="install it with: apt-get install libfluidsynth3"):
        SoundfontPlayer(small, "small", RATE)


@pytest.fixture(autouse=True)
def _fresh_library():
    yield
    fluid_library.open_library.cache_clear()


def test_any_broken_soundfont_is_refused_or_played(small: Path, tmp_path: Path) -> None:
    """Bytes of its tables changed; in earnest it is a process of its own that reads it."""
    good, path, chance = small.read_bytes(), tmp_path / "broken.sf2", random.Random(7)
    outcomes = set()
    for _ in range(100):
        data = bytearray(good)
        for _ in range(chance.choice((1, 2, 8))):
            data[chance.randrange(len(data) - 900, len(data))] = chance.choice((0, 1, 127, 128, 255))
        path.write_bytes(data)
        try:
            with SoundfontPlayer(path, "broken", RATE) as player:
                for message in ((0xC0, 0), (0x90, 69, 100), (0x99, 40, 100)):
                    player.take(bytes(message))
                assert player.play(512).shape == (2, 512)
                outcomes.add("played")
        except HarpistError as error:
            outcomes.add(error.message)
    assert "played" in outcomes and len(outcomes) > 1


def test_any_message_is_taken(small: Path) -> None:
    chance = np.random.default_rng(4)
    with SoundfontPlayer(small, "small", RATE) as player:
        for _ in range(3000):
            kind = 0x80 + 0x10 * int(chance.integers(0, 7))
            size = 1 if kind in (0xC0, 0xD0) else 2
            player.take(bytes((kind | int(chance.integers(0, 16)), *map(int, chance.integers(0, 128, size)))))
            if chance.random() < 0.02:
                assert np.isfinite(player.play(64)).all()


@pytest.mark.parametrize("path", on_this_machine())
def test_a_whole_general_midi_soundfont(path: Path) -> None:
    def play(*events: tuple) -> Sound:
        return sounded(path, midi(*events), 1.5)

    sounds = {program: play((0.0, (0xC0, program)), *note(0.1, 1.0, 69, 100)) for program in (0, 40, 73, 80)}
    for sound in sounds.values():
        assert hertz(sound, 0.3, 0.9) % 440 == pytest.approx(0, abs=6) or hertz(sound, 0.3, 0.9) % 440 > 434
        assert first(sound) / RATE == pytest.approx(0.1, abs=0.015)
        assert 0.01 < float(np.abs(sound).max()) < 1.5
    for one, other in itertools.combinations(sounds.values(), 2):
        assert level(one - other, 0.1, 1.0) > 0.1 * level(one, 0.1, 1.0)
    kick, hat = (play(*note(0.1, 0.3, key, 100, channel=9)) for key in (36, 42))
    assert hertz(kick, 0.1, 0.4) < 200 < 2000 < hertz(hat, 0.1, 0.2)
