"""Files broken at random: each is read, or refused in a sentence; none crashes, hangs or grows.

Some hundred here; ``make fuzz-midi`` makes 100,000, from a new seed each time, which a failure prints.
"""

from __future__ import annotations

import os
import random
import secrets
import tracemalloc

from app.errors import MidiFileError
from app.midi.notes import read_notes
from app.midi.reading import parse_midi
from app.midi.writing import midi_bytes
from tests.midi.pieces import END, RICH, file, header, scale, tempo

EXAMPLES = int(os.environ.get("FUZZ_MIDI_EXAMPLES", "500"))
SEED = secrets.randbits(32) if "FUZZ_MIDI_EXAMPLES" in os.environ else 13
WHOLE = (
    RICH,
    file(scale(), kind=0),
    file(*[scale(ticks=7)] * 5, kind=2, division=0xE250),
    file(tempo(300_000) + END, scale(range(0, 128, 3), 100, 4)),
    midi_bytes(parse_midi(RICH)),
)
TELLING = (0x00, 0x7F, 0x80, 0x81, 0x90, 0xC0, 0xF0, 0xF7, 0xF8, 0xFF, 0x2F, 0x51)


def broken(chance: random.Random) -> bytes:
    """Return a file that is not as it was: bytes changed, lost, doubled, put in, or another file's."""
    data = bytearray(chance.choice(WHOLE))
    if chance.random() < 0.05:
        return header(chance.randrange(5), chance.randrange(70000) & 0xFFFF, chance.randrange(65536)) + (
            chance.randbytes(chance.randrange(200))
        )
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8, 30))):
        at = chance.randrange(len(data) + 1) if chance.random() < 0.8 else chance.randrange(min(30, len(data) + 1))
        until = min(len(data), at + chance.choice((1, 1, 2, 4, 16, 200)))
        way = chance.randrange(7)
        if way == 0 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif way == 1 and at < len(data):
            data[at] = chance.choice(TELLING)
        elif way == 2:
            del data[at:until]
        elif way == 3:
            data[at:at] = data[at:until] * chance.choice((1, 1, 40))
        elif way == 4:
            data[at:at] = bytes(chance.choice(TELLING) for _ in range(chance.randrange(1, 6)))
        elif way == 5:
            other = chance.choice(WHOLE)
            data[at:until] = other[chance.randrange(len(other)) :][: chance.randrange(60)]
        elif chance.random() < 0.2:
            del data[at:]
    return bytes(data)


def test_whatever_is_broken_is_read_or_refused() -> None:
    chance = random.Random(SEED)
    read = refused = 0
    tracemalloc.start()
    try:
        held = 0
        for number in range(EXAMPLES):
            data = broken(chance)
            try:
                midi = parse_midi(data)
                for note in read_notes(midi):
                    assert note.start <= note.end <= 24 * 3600 and 0 <= note.pitch < 128 and 0 < note.velocity < 128
                assert parse_midi(midi_bytes(midi)) == midi, "what is read can be written, and is the same"
                read += 1
            except MidiFileError as error:
                text = error.message
                assert text.startswith("The MIDI file ") and text.endswith(".") and text.isprintable(), data
                refused += 1
            except Exception as error:
                raise AssertionError(f"seed {SEED}, number {number}: {data.hex()}") from error
            if number == min(100, EXAMPLES // 2):
                held, _ = tracemalloc.get_traced_memory()
        now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    print(f"seed {SEED}: {read} read, {refused} refused, {(now - held) // 1024} KiB grown, {most // 1024} KiB at most")
    assert now - held < 256 * 1024 and most < 64 * 2**20
    assert read > EXAMPLES // 20 and refused > EXAMPLES // 5, "the broken files are neither all whole nor all hopeless"
