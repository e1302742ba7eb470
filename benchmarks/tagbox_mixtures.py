"""Mixtures of two instruments each, of which both are known alone: played from scores, with a small soundfont."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.midi.notes import Note
from app.midi.writing import Part as Played
from app.midi.writing import make_midi
from benchmarks.accuracy.score import Part, Song, performed
from benchmarks.accuracy.tempo import steady
from endpoints.midi_synth.playing import played
from endpoints.midi_synth.soundfont import SoundfontPlayer

SOUNDFONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
RATE = 44_100
_LOUD = 0.08
"""RMS of each instrument: both are as loud."""

_ASIDE = (1.0, 0.4)
"""How loud the second instrument is left and right; the first is as loud in both."""

Sound = NDArray[np.float64]

DRUMS = "drums"
PARTS = {
    "piano": Part(0, ("0-2-1-2-x---2-1-",), 48),
    "lively piano": Part(0, ("m-m-m---m-m-m-m-", "x---m-m-x---m---"), 55),
    "harpsichord": Part(6, ("0-1-2-1-m-m-m-m-", "m-m-mmm-m-m-m---"), 55),
    "guitar": Part(24, ("0-2-1-3-0-2-1-3-",), 45, gate=1.2),
    "steel guitar": Part(25, ("x-xxx-x-x-xxx-xx",), 47, strum=0.01),
    "violin": Part(40, ("m---m-m-m-------", "m-m-m-m-m---r---"), 62, gate=1.0, modulation=40),
    "cello": Part(42, ("m---m---m-m-m---",), 40, gate=1.0, modulation=40),
    "harp": Part(46, ("0123456754321012",), 48, gate=2.0),
    "strings": Part(48, ("x---------------",), 52, gate=1.0),
    "choir": Part(52, ("x-------x-------",), 50, gate=1.0),
    "flute": Part(73, ("m-m-m---m-m-m-m-", "m---m-m-m-------"), 67, modulation=30),
    "synthesizer": Part(81, ("0.0.2.0.1.0.2.3.",), 45, gate=0.7),
    "sitar": Part(104, ("m-m-m-mrm---m-m-", "m-rrm-m-m-m-m---"), 50, gate=1.0),
}
WANTED = {
    DRUMS: "Drums",
    "piano": "Piano",
    "lively piano": "Piano",
    "harpsichord": "Harpsichord",
    "guitar": "Guitar",
    "steel guitar": "Guitar",
    "violin": "Violin",
    "cello": "Cello",
    "harp": "Harp",
    "strings": "Strings",
    "choir": "Choir",
    "flute": "Flute",
    "synthesizer": "Synthesizer",
    "sitar": "Sitar",
}
"""What the endpoint is asked for, by instrument."""

_ROCK = {"kick": "x.......x.x.....", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.x.x."}
_FUNK = {"kick": "x..x..x...x.x...", "snare": "....x..o.o..x...", "hat": "xxxxxxxxxxxxxxxx"}
_CONGAS = {"low conga": "x..x..x.x..x..x.", "high conga": "..x..x....x..x.x"}


@dataclass(frozen=True)
class Mixture:
    """Two instruments that play together.

    Attributes:
        first, second: names of :data:`PARTS`, or :data:`DRUMS`.
        tempo: beats a minute.
        key, chords, drums: as in :class:`benchmarks.accuracy.score.Song`.
    """

    first: str
    second: str
    tempo: float
    key: str
    chords: str
    drums: dict[str, str] | None = None

    @property
    def instruments(self) -> tuple[str, str]:
        """Both, in their order."""
        return self.first, self.second

    def alone(self, seconds: float) -> Sound:
        """Return both instruments by themselves, ``(2, channels, samples)`` at :data:`RATE`.

        Raises:
            HarpistError: FluidSynth's library, or the soundfont, is missing.
        """
        parts = {name: PARTS[name] for name in self.instruments if name != DRUMS}
        name = f"{self.first} and {self.second}"
        song = Song(name, steady(self.tempo), self.key, self.chords, parts, self.drums or {}, seconds=seconds - 0.4)
        truth = performed(song)
        made = []
        for instrument, pan in zip(self.instruments, ((1.0, 1.0), _ASIDE)):
            notes = [Note(note.start, note.end, note.midi, note.velocity) for note in truth.parts[instrument]]
            drums = instrument == DRUMS
            part = Played(notes, channel=9) if drums else Played(notes, program=PARTS[instrument].program)
            mono = _rendered(part, seconds)
            stereo = np.outer(pan, mono)
            made.append(stereo * (_LOUD / np.sqrt(np.mean(stereo**2))))
        return np.stack(made)


def _rendered(part: Played, seconds: float) -> Sound:
    samples = round(seconds * RATE)
    with SoundfontPlayer(SOUNDFONT, SOUNDFONT.name, RATE) as player:
        blocks = [block.mean(axis=0) for block in played(make_midi([part]), player, RATE, samples)]
    return np.concatenate(blocks).astype(np.float64)


MIXTURES = (
    Mixture(DRUMS, "piano", 110, "C major", "C | G | Am | F", _ROCK),
    Mixture(DRUMS, "guitar", 96, "E minor", "Em | C | G | D", _FUNK),
    Mixture(DRUMS, "strings", 100, "D minor", "Dm | Bb | F | C", _ROCK),
    Mixture("sitar", DRUMS, 108, "D minor", "Dm | C | Dm | C", _CONGAS),
    Mixture("violin", "piano", 92, "D major", "D | G | A | D"),
    Mixture("flute", "guitar", 100, "G major", "G | C | D | G"),
    Mixture("flute", "piano", 88, "F major", "F | Bb | C | F"),
    Mixture("violin", "guitar", 104, "A minor", "Am | Dm | E | Am"),
    Mixture("harp", "choir", 84, "C major", "C | Am | F | G"),
    Mixture("choir", "lively piano", 80, "Eb major", "Eb | Cm | Ab | Bb"),
    Mixture("cello", "harpsichord", 76, "E minor", "Em | Am | B | Em"),
    Mixture("synthesizer", "lively piano", 118, "F minor", "Fm | Db | Ab | Eb"),
    Mixture("steel guitar", "flute", 112, "D major", "D | G | A | D"),
)
