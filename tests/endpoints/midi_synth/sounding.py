"""What the tests of the synthesizer share: files, played in memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.midi.file import Event, MidiFile, end_of_track
from endpoints.midi_synth.playing import played
from endpoints.midi_synth.synthesizer import Synthesizer

RATE = 44100
Sound = NDArray[np.float32]


def midi(*events: tuple[float, Sequence[int]], end: float = 2.0) -> MidiFile:
    """Return a file of events at seconds, of 1,000 ticks each, one track."""
    made = [Event(round(1000 * seconds), bytes(data)) for seconds, data in events]
    made.sort(key=lambda event: event.tick)
    return MidiFile(1, 500, ((*made, end_of_track(round(1000 * end))),))


def sound_of(file: MidiFile, seconds: float = 2.0, rate: int = RATE) -> Sound:
    return np.concatenate([block.copy() for block in played(file, Synthesizer(rate), rate, round(seconds * rate))], 1)


def level(sound: Sound, start: float, end: float, rate: int = RATE) -> float:
    """Root mean square of a stretch in seconds."""
    return float(np.sqrt(np.square(sound[..., round(start * rate) : round(end * rate)]).mean()))


def hertz(sound: Sound, start: float, end: float, rate: int = RATE) -> float:
    """The loudest frequency of a stretch in seconds."""
    part = sound[0, round(start * rate) : round(end * rate)]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 16 * len(part)))
    return float(spectrum.argmax()) * rate / (16 * len(part))
