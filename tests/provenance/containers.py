"""Small files of every container that a result can be, with tags of their own, and what their sound is."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from app.midi.notes import Note
from app.midi.writing import Part, make_midi, write_midi
from app.provenance.record import Provenance

MADE = Provenance(
    "test/mirror",
    "sha256:" + "0" * 64,
    "mit",
    {"wet": 80, "note": "Grüße", "on": True},
    "0.1.0",
    "2026-11-28T17:25:43Z",
)
GENERATED = Provenance("test/speaker", "", "", {}, "0.1.0", "2026-11-28T17:25:43Z", generated=True)

SOUND = {
    "WAV PCM_16": ".wav",
    "WAV PCM_U8": ".wav",
    "WAV FLOAT": ".wav",
    "WAVEX PCM_24": ".wav",
    "RF64 PCM_24": ".rf64",
    "W64 PCM_16": ".w64",
    "AIFF PCM_16": ".aiff",
    "AIFF PCM_S8": ".aiff",
    "AIFF FLOAT": ".aif",
    "CAF PCM_24": ".caf",
    "AU PCM_16": ".au",
    "FLAC PCM_24": ".flac",
    "OGG VORBIS": ".ogg",
    "OGG OPUS": ".opus",
    "MP3 MPEG_LAYER_III": ".mp3",
}
"""Ending by libsndfile's names of container and subtype."""


def sound(path: Path, kind: str, frames: int = 999, channels: int = 1, **texts: str) -> Path:
    """Write noise of that kind; an odd number of samples, so that padding counts."""
    container, subtype = kind.split()
    rate = 48000
    noise = np.random.default_rng(1).uniform(-0.9, 0.9, (frames, channels))
    with soundfile.SoundFile(path, "w", rate, channels, subtype, format=container) as file:
        for name, text in texts.items():
            setattr(file, name, text)
        file.write(noise)
    return path


def notes(path: Path) -> Path:
    """Write a MIDI file."""
    write_midi(make_midi([Part([Note(0.0, 1.0, 60, 90), Note(0.5, 2.0, 64, 80)], "Lead")]), path)
    return path


def heard(path: Path) -> str:
    """Return a digest of a file's samples as they are stored, and of how it says that they are."""
    with soundfile.SoundFile(path) as file:
        head = (file.samplerate, file.channels, file.frames, file.format, file.subtype)
        wide = file.subtype in ("FLOAT", "DOUBLE", "VORBIS", "OPUS", "MPEG_LAYER_III")
        samples = file.read(dtype="float64" if wide else "int32", always_2d=True)
    return hashlib.sha256(repr(head).encode() + samples.tobytes()).hexdigest()


def with_chunks(path: Path, *chunks: tuple[bytes, bytes]) -> Path:
    """Put chunks before the sound of a WAV of 44 bytes of header, as a DAW writes them."""
    data = path.read_bytes()
    at = data.index(b"data")
    more = b"".join(name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2) for name, body in chunks)
    data = data[:4] + struct.pack("<I", len(data) - 8 + len(more)) + data[8:at] + more + data[at:]
    path.write_bytes(data)
    return path


Writer = Callable[[Path], Path]


def writers() -> dict[str, Writer]:
    """Return what writes a file of each kind, with its ending, by name; some carry what a writer must keep."""
    made: dict[str, Writer] = {}
    for kind, ending in SOUND.items():
        made[kind] = lambda folder, kind=kind, ending=ending: sound(folder / f"a{ending}", kind)
    for kind in ("WAV PCM_16", "AIFF PCM_16", "FLAC PCM_24", "OGG VORBIS", "MP3 MPEG_LAYER_III", "CAF PCM_24"):
        made[f"{kind} tagged"] = lambda folder, kind=kind: sound(
            folder / f"t{SOUND[kind]}", kind, title="My song", artist="Me", comment="First take"
        )
    made["WAV bext"] = lambda folder: with_chunks(
        sound(folder / "b.wav", "WAV PCM_24"), (b"bext", bext("A=PCM,F=48000,W=24,M=mono,T=Deck\r\n"))
    )
    made["MIDI"] = lambda folder: notes(folder / "n.mid")
    return made


def bext(history: str, stamp: int = 172_800_000) -> bytes:
    """Return the content of a “bext” chunk with a time stamp, in samples, as EBU Tech 3285 has it."""
    head = struct.pack("<256s32s32s10s8sQH", b"Take 1", b"REAPER", b"", b"2026-11-01", b"10:00:00", stamp, 1)
    return head.ljust(602, b"\0") + history.encode()
