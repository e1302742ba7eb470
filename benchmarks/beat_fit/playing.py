"""Songs as data, played by FluidSynth: ``songs.jsonl`` has one a line.

A bar is a string whose steps divide it evenly (blanks are for the reader): ``x`` all tones of the chord, or a stroke;
``X`` louder, ``o`` softly; a digit that tone of the chord, ``m`` any of it; ``-`` holds on, ``.`` is silence. A part is
General MIDI's program, the lowest note, how loud, how much of its time a note sounds, and its bars. ``alike``: all
beats are; ``answered``: something else answers each beat; ``hard``: nobody hears the beat easily.
"""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

FONTS = {"tim": "TimGM6mb.sf2", "fluid": "FluidR3_GM.sf2"}
"""Sound fonts of Debian's packages timgm6mb-soundfont and fluid-soundfont-gm."""

_FOLDER = Path("/usr/share/sounds/sf2")
_SECONDS, _START = 24.0, 0.3
_ROOTS = {name: i for i, name in enumerate(["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"])}
_CHORDS = {"": (0, 4, 7), "m": (0, 3, 7), "7": (0, 4, 7, 10), "m7": (0, 3, 7, 10), "M7": (0, 4, 7, 11), "5": (0, 7, 12)}
_LOUD = {"x": 92, "X": 118, "o": 52}
_WANDER = np.random.default_rng(5).normal(size=400)

Song = dict[str, Any]
Note = tuple[float, float, int, int, int]
"""Start and length (s), channel, key, velocity."""


def songs() -> list[Song]:
    """Return all songs."""
    lines = (Path(__file__).parent / "songs.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def tempo(song: Song) -> Callable[[float], float]:
    """Return the tempo (beats a minute) at a beat counted from 0."""
    how = song.get("tempo", {})

    def at(beat: float) -> float:
        bpm = float(song["bpm"])
        if "step" in how and beat >= how["step"][0]:
            bpm = how["step"][1]
        wave = how["wave"][0] * np.sin(2 * np.pi * beat / how["wave"][1]) if "wave" in how else 0.0
        wander = how.get("wander", 0.0) * np.interp(beat, np.arange(400), _WANDER)
        return bpm * (1 + wave + wander) * (1 - how.get("hold", 0.0) * max(0.0, (beat % 8 - 6) / 2))

    return at


def performed(song: Song) -> tuple[list[Note], list[tuple[float, int]]]:
    """Return a song's notes, with what players miss; and its beats: seconds and place in the bar, from 1."""
    seed = 0
    for character in song["name"]:
        seed = (seed * 31 + ord(character)) % 100003
    rng, of = np.random.default_rng(seed), tempo(song)
    beats, jitter, swing = song["beats"], song.get("jitter", 0.006), song.get("swing", 0.5)
    count = int(_SECONDS * song["bpm"] / 60 / beats) * beats
    fine = np.arange(count * 48 + 1) / 48
    times = _START + np.concatenate([[0], np.cumsum([60 / of(b) / 48 for b in fine[:-1] + 1 / 96])])

    def at(beat: float) -> float:
        whole, rest = divmod(beat, 1)
        rest = rest * 2 * swing if rest < 0.5 else swing + (rest - 0.5) * 2 * (1 - swing)
        return float(np.interp(whole + rest, fine, times))

    def velocity(mean: float, spread: float) -> int:
        return int(np.clip(mean + rng.normal() * spread, 20, 127))

    def steps(patterns: list[str], bar: int) -> Iterator[tuple[float, float, str, str, int]]:
        pattern = patterns[bar % len(patterns)].replace(" ", "")
        for i, character in enumerate(pattern):
            yield i * beats / len(pattern), beats / len(pattern), character, pattern, i

    notes: list[Note] = []
    chords, higher, drums_louder = song["chords"].split(), song.get("higher", 0), song.get("drums_louder", 0)
    for bar in range(count // beats):
        for key, patterns in song["drums"].items():
            for beat, _, character, _, _ in steps(patterns, bar):
                if character in _LOUD:
                    start = max(0.0, at(bar * beats + beat) + rng.normal() * jitter)
                    notes.append((start, 0.1, 9, int(key), velocity(_LOUD[character] + drums_louder, 7)))
        for channel, (_, low, loud, gate, patterns) in enumerate(song["parts"]):
            for beat, step, character, pattern, i in steps(patterns, bar):
                if character in ".-":
                    continue
                held = len(pattern[i + 1 :]) - len(pattern[i + 1 :].lstrip("-")) + 1
                names = chords[bar % len(chords)].split(",")
                name = names[min(len(names) - 1, int(beat / beats * len(names)))]
                root = name[:2] if name[1:2] == "b" else name[:1]
                tones = _CHORDS[name[len(root) :]]
                base = low + (_ROOTS[root] - low) % 12 + higher
                ladder = sorted(12 * octave + tone for octave in range(4) for tone in tones)
                if character in "xX":
                    keys = [base + tone for tone in tones]
                elif character == "m":
                    tone = ladder[rng.integers(0, 6)]
                    keys = [base + tone + (rng.integers(-1, 2) if rng.random() < 0.3 else 0)]
                else:
                    keys = [base + ladder[int(character)]]
                start = at(bar * beats + beat) + rng.normal() * jitter
                end = at(bar * beats + min(beat + step * held, beats))
                for order, key in enumerate(keys):
                    length = max(0.05, (end - start) * gate)
                    loudness = velocity(loud + (12 if character == "X" else 0), 6)
                    notes.append((max(0.0, start + 0.004 * order), length, channel, int(key), loudness))
    return notes, [(float(times[b * 48]), b % beats + 1) for b in range(count)]


def midi(song: Song, notes: list[Note]) -> bytes:
    """Return a MIDI file: a tick is a millisecond."""
    events = [(0, 0, bytes([0xC0 | channel, part[0]])) for channel, part in enumerate(song["parts"])]
    for start, length, channel, key, loud in notes:
        events.append((int(start * 1000), 2, bytes([0x90 | channel, key, loud])))
        events.append((int((start + length) * 1000), 1, bytes([0x80 | channel, key, 0])))
    body, last = b"\0\xff\x51\x03" + struct.pack(">I", 1000000)[1:], 0
    for time, _, message in sorted(events, key=lambda event: event[:2]):
        body += _varying(time - last) + message
        last = time
    body += _varying(1500) + b"\xff\x2f\0"
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, 1000) + b"MTrk" + struct.pack(">I", len(body)) + body


def _varying(number: int) -> bytes:
    digits = [number & 127]
    while number := number >> 7:
        digits.append(number & 127 | 128)
    return bytes(digits[::-1])


def sound(song: Song, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Play a song: the mono samples at 44.1 kHz, float32, and its beats, ``(n, 2)``: seconds and place in the bar."""
    notes, beats = performed(song)
    path = folder / f"{song['name']}.mid"
    path.write_bytes(midi(song, notes))
    font = _FOLDER / FONTS[song["font"]]
    command = ["fluidsynth", "-ni", "-q", "-g", "0.5", "-r", "44100", "-F", str(path.with_suffix(".wav")), str(font)]
    subprocess.run([*command, str(path)], check=True, capture_output=True)
    samples, _ = soundfile.read(path.with_suffix(".wav"), dtype="float32")
    return samples.mean(axis=1), np.array(beats)
