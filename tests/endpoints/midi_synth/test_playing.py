"""Files in time: tempo maps, formats, blocks."""

from __future__ import annotations

import time

import numpy as np
import pytest

from app.midi.reading import parse_midi
from endpoints.midi_synth.playing import BLOCK, played
from endpoints.midi_synth.synthesizer import Synthesizer
from endpoints.midi_synth.timeline import length, timeline
from tests.endpoints.midi_synth.sounding import RATE, midi, sound_of
from tests.midi.pieces import END, RICH, file, scale, tempo


def starts(data: bytes) -> list[float]:
    return [seconds for seconds, event in timeline(parse_midi(data)) if event[0] & 0xF0 == 0x90 and event[2]]


def test_events_follow_the_tempo_map() -> None:
    data = file(tempo(500_000) + tempo(1_000_000, after=960) + END, scale())
    assert starts(data) == pytest.approx([0.0, 0.5, 1.0, 2.0])
    assert length(parse_midi(data)) == pytest.approx(3.0)
    assert starts(file(scale(), division=0xE728)) == pytest.approx([0.0, 0.48, 0.96, 1.44])


def test_tracks_play_together_and_in_order() -> None:
    events = list(timeline(parse_midi(RICH)))
    assert [seconds for seconds, _ in events] == sorted(seconds for seconds, _ in events)
    assert {data[0] & 15 for _, data in events if data[0] & 0xF0 == 0x90} == {0, 9}
    both = file(scale((60,)), tempo(1_000_000) + scale((64,)), kind=2)
    assert starts(both) == [0.0, 0.0] and length(parse_midi(both)) == pytest.approx(1.0)


def test_the_sound_is_as_long_as_is_asked_for_in_blocks_of_one_length() -> None:
    blocks = [block.shape for block in played(midi(end=1.0), Synthesizer(RATE), RATE, 3 * BLOCK + 5)]
    assert blocks == [(2, BLOCK)] * 3 + [(2, 5)]
    assert sound_of(midi(end=0.0), 1 / RATE).shape == (2, 1)


def test_a_note_starts_where_it_stands_whatever_comes_before() -> None:
    alone = sound_of(midi((1.0, (0x90, 60, 100))))
    among = sound_of(midi(*((place / 1000, (0xB1, 7, place % 128)) for place in range(1500)), (1.0, (0x90, 60, 100))))
    first = [np.flatnonzero(np.abs(sound[0]) > 1e-4)[0] for sound in (alone, among)]
    assert first[0] == first[1] and abs(first[0] - RATE) < Synthesizer(RATE).step + 100


def test_both_rates_play_the_same() -> None:
    file_ = midi((0.2, (0x90, 60, 100)), (1.0, (0x80, 60, 0)))
    one, other = sound_of(file_), sound_of(file_, rate=48000)
    assert np.sqrt(np.square(one).mean()) == pytest.approx(float(np.sqrt(np.square(other).mean())), rel=0.02)


def at_once(notes: int) -> bytes:
    """Return a file in which one key goes down and up so many times at one moment, and once more a second later."""
    return file(b"\x00\x90\x3c\x50" + b"\x00\x3c\x00\x00\x3c\x50" * (notes - 1) + b"\x87\x40\x3c\x00" + END)


def test_notes_of_one_moment_take_time_in_proportion() -> None:
    def seconds(notes: int) -> float:
        data = parse_midi(at_once(notes))
        began = time.process_time()
        for _ in played(data, Synthesizer(8000), 8000, 4000):
            pass
        return time.process_time() - began

    seconds(100)
    few, many = (min(seconds(notes) for _ in range(2)) for notes in (3000, 24_000))
    assert many < 16 * few + 0.2, "eight times as many notes"


def test_whoever_waits_hears_of_a_moment_with_many_events() -> None:
    blocks = [block.shape[1] for block in played(parse_midi(at_once(20_000)), Synthesizer(RATE), RATE, BLOCK)]
    assert blocks == [0, 0, 0, 0, BLOCK]
