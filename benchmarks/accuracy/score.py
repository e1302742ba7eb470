"""Pieces as data: what each part plays in a bar, as a line of steps; and how that becomes notes.

A bar is a string whose steps divide it evenly (blanks and ``|`` are for the reader). On a step stands

- ``x``: all tones of the chord; ``X`` louder, ``o`` softly (of a drum: the stroke);
- ``0`` … ``9``: one tone of the chord, counted from the lowest: the root first, then upwards over the octaves;
- ``m``: the next tone of a melody; on a beat it is mostly one of the chord's, else the next one of the scale;
- ``r``: the melody's last tone once more;
- ``-``: what sounds is held on; ``.``: nothing begins, and nothing is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from benchmarks.accuracy.chord_names import NamedChord
from benchmarks.accuracy.tempo import Tempo
from benchmarks.accuracy.truth import Chord, Note, Truth

DRUM_KEYS = {
    "kick": 36, "rim": 37, "snare": 38, "clap": 39, "hat": 42, "pedal": 44, "open": 46, "tom": 47, "crash": 49,
    "ride": 51, "tambourine": 54, "low conga": 64, "high conga": 63, "shaker": 70,
}  # fmt: skip
"""General MIDI's drums that the pieces use."""

_LEAD_IN = 0.4
"""Seconds before the first beat."""
_LIFT = 0.005
"""Seconds that a key is up before it is struck again."""


@dataclass(frozen=True)
class Part:
    """What one instrument plays.

    Attributes:
        program: General MIDI's instrument, counted from 0.
        bars: a line of steps for each bar; they repeat from the start when all are used up.
        low: the lowest MIDI number that its chords are built upon; a melody stays within two octaves above.
        volume: 0 to 127.
        pan: 0 (left) to 127 (right).
        gate: the share of its time that a note sounds; above 1, notes overlap.
        enters: the bar in which it begins, counted from 0.
        strum: seconds from each tone of a chord to the next.
        modulation: vibrato, 0 to 127.
    """

    program: int
    bars: tuple[str, ...]
    low: int
    volume: int = 90
    pan: int = 64
    gate: float = 0.95
    enters: int = 0
    strum: float = 0.0
    modulation: int = 0


@dataclass(frozen=True)
class Song:
    """A piece as it is written down.

    Attributes:
        name: one word or two.
        tempo: how fast.
        key: tonic and mode: ``E minor``.
        chords: bars divided by ``|``; those of one bar share it evenly, ``.`` holds the last.
        parts: by name.
        drums: lines of steps by drum, a name of :data:`DRUM_KEYS`.
        beats: how many in a bar.
        jitter: standard deviation of what the players miss the beat by, in seconds.
        seconds: about how long it lasts.
        tags: see :class:`benchmarks.accuracy.truth.Truth`.
    """

    name: str
    tempo: Tempo
    key: str
    chords: str
    parts: Mapping[str, Part]
    drums: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    beats: int = 4
    jitter: float = 0.006
    seconds: float = 30.0
    tags: frozenset[str] = field(default_factory=frozenset)

    @property
    def bars(self) -> int:
        """How many bars last about as long as wanted."""
        count = 1
        while self.tempo.time((count + 1) * self.beats) <= self.seconds + 1e-9:
            count += 1
        return count


def performed(song: Song) -> Truth:
    """Let a song be played by humans who miss the beat a little: the same ones every time."""
    random = np.random.default_rng([ord(letter) for letter in song.name])
    chords = _chords(song)
    parts = {name: _let_go(_notes(song, part, chords, random)) for name, part in song.parts.items()}
    if song.drums:
        parts["drums"] = _let_go(_strokes(song, random))
    count = song.bars * song.beats
    beats = _LEAD_IN + np.array([song.tempo.time(beat) for beat in range(count)])
    return Truth(
        beats=beats,
        downbeats=beats[:: song.beats],
        tempo=float(60.0 / np.median(np.diff(beats))),
        chords=tuple(_merged(song, chords)),
        key=song.key,
        parts=parts,
        tags=song.tags | ({"drums"} if song.drums else set()) | (set() if song.tempo.steady else {"changing tempo"}),
    )


def _let_go(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return notes by their start, each let go before the same key is struck again: MIDI ends all of a key at once."""
    ordered = sorted(notes, key=lambda note: (note.start, note.midi))
    following: dict[int, float] = {}
    found = []
    for note in reversed(ordered):
        end = min(note.end, following.get(note.midi, np.inf) - _LIFT)
        following[note.midi] = note.start
        found.append(replace(note, end=max(end, note.start + _LIFT)))
    return tuple(reversed(found))


def _chords(song: Song) -> list[tuple[float, float, NamedChord]]:
    """Return first beat, last beat and chord of each stretch of the song."""
    written = [bar.split() for bar in song.chords.split("|")]
    found: list[tuple[float, float, NamedChord]] = []
    for bar in range(song.bars):
        names = written[bar % len(written)]
        for place, name in enumerate(names):
            start, end = ((bar + share / len(names)) * song.beats for share in (place, place + 1))
            if name == ".":
                found[-1] = (found[-1][0], end, found[-1][2])
            else:
                found.append((start, end, NamedChord.read(name)))
    return found


def _merged(song: Song, chords: list[tuple[float, float, NamedChord]]) -> Iterator[Chord]:
    end = song.bars * song.beats
    changes = [place for place, (_, _, chord) in enumerate(chords) if place == 0 or chord != chords[place - 1][2]]
    for place, following in zip(changes, [*changes[1:], None]):
        start, _, chord = chords[place]
        stop = end if following is None else chords[following][0]
        yield Chord(_LEAD_IN + song.tempo.time(start), _LEAD_IN + song.tempo.time(stop), chord.label)


def _steps(song: Song, lines: tuple[str, ...], enters: int) -> Iterator[tuple[float, float, str]]:
    """Yield beat, length in beats and character of what begins on each step."""
    for bar in range(enters, song.bars):
        line = lines[(bar - enters) % len(lines)].replace(" ", "").replace("|", "")
        step = song.beats / len(line)
        for place, character in enumerate(line):
            if character in ".-":
                continue
            held = place + 1
            while held < len(line) and line[held] == "-":
                held += 1
            yield bar * song.beats + place * step, (held - place) * step, character


def _played(song: Song, beat: float, random: np.random.Generator) -> float:
    """Return when a note on a beat is struck (s); nobody is early or late by more than 2.5 standard deviations."""
    missed = float(np.clip(random.standard_normal(), -2.5, 2.5))
    return _LEAD_IN + song.tempo.time(beat) + song.jitter * missed


def _velocity(song: Song, beat: float, character: str, random: np.random.Generator) -> int:
    base = {"X": 112, "o": 58}.get(character, 88)
    accent = 8 if beat % song.beats < 1e-6 else 3 if beat % 1 < 1e-6 else 0
    return int(np.clip(base + accent + 5 * random.standard_normal(), 25, 127))


def _strokes(song: Song, random: np.random.Generator) -> Iterator[Note]:
    for drum, lines in song.drums.items():
        for beat, _, character in _steps(song, (lines,) if isinstance(lines, str) else tuple(lines), 0):
            start = _played(song, beat, random)
            yield Note(start, start + 0.12, DRUM_KEYS[drum], _velocity(song, beat, character, random))


def _notes(
    song: Song, part: Part, chords: list[tuple[float, float, NamedChord]], random: np.random.Generator
) -> Iterator[Note]:
    melody = Melody(part.low, song.key, random)
    for beat, length, character in _steps(song, part.bars, part.enters):
        pieces = [(beat, beat + length, _at(chords, beat))]
        if character not in "mr":  # what is held while the chord changes changes with it
            inside = [start for start, _, _ in chords if beat < start < beat + length]
            edges = [beat, *inside, beat + length]
            pieces = [(start, end, _at(chords, start)) for start, end in pairwise(edges)]
        for start, end, chord in pieces:
            tones = chord.tones(part.low)
            if character in "xXo":
                pitches = tones
            elif character == "m":
                pitches = (melody.next(chord, on_beat=beat % 1 < 1e-6),)
            elif character == "r":
                pitches = (melody.now,)
            else:
                octave, place = divmod(int(character), len(tones))
                pitches = (tones[place] + 12 * octave,)
            begun = _played(song, start, random)
            over = begun + part.gate * (song.tempo.time(end) - song.tempo.time(start))
            velocity = _velocity(song, start, character, random)
            for place, pitch in enumerate(pitches):
                yield Note(begun + part.strum * place, over, pitch, velocity)


def _at(chords: list[tuple[float, float, NamedChord]], beat: float) -> NamedChord:
    return next(chord for start, end, chord in chords if start - 1e-6 <= beat < end - 1e-6)


class Melody:
    """A line that wanders through the scale by steps and small leaps, and comes back to the chord on the beats."""

    def __init__(self, low: int, key: str, random: np.random.Generator) -> None:
        self._low, self._scale, self._random = low, NamedChord.scale(key), random
        self.now = low + 12
        """The last tone's MIDI number."""

    def next(self, chord: NamedChord, *, on_beat: bool) -> int:
        """Return the next MIDI number."""
        classes = chord.classes if on_beat and self._random.random() < 0.8 else self._scale
        near = [tone for tone in range(self._low, self._low + 25) if tone % 12 in classes]
        distance = np.abs(np.array(near) - self.now).astype(float)
        weight = np.exp(-distance / 2.5) * np.where(distance == 0, 0.5, 1.0)
        weight *= np.exp(-np.abs(np.array(near) - self._low - 12) / 12.0)
        self.now = int(self._random.choice(near, p=weight / weight.sum()))
        return self.now
