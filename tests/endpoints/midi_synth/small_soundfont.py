"""A soundfont of two samples, written after the SoundFont 2.04 specification: a tone, and a drum."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import numpy as np
import soundfile

RATE = 44100
PERIOD = 100
"""Samples of a period of the tone: 441 Hz."""
TONE, DRUM = 441.0, 1500.0
"""Hz: what the tone sounds like at key 69, and the drum at any."""

_GAP = 46
"""Zeros that must follow each sample."""
_RELEASE, _INSTRUMENT, _SAMPLE, _MODES, _SCALE = 38, 41, 53, 54, 56
"""Generators, by their numbers."""


def tone() -> np.ndarray:
    """A sine of ten periods, ``(samples,)``, as loud as can be."""
    return np.round(32767 * np.sin(2 * np.pi * np.arange(10 * PERIOD) / PERIOD)).astype("<i2")


def drum() -> np.ndarray:
    """A fading sine of a tenth of a second."""
    time = np.arange(RATE // 10) / RATE
    return np.round(32767 * np.sin(2 * np.pi * DRUM * time) * np.exp(-40 * time)).astype("<i2")


PROGRAMS = ((0, 0), (128, 0))


def soundfont(*, vorbis: bool = False, programs: Sequence[tuple[int, int]] = PROGRAMS) -> bytes:
    """Return the file: the first of the programs (bank, program) is the tone, held; the second the drum, at any key."""
    samples = [tone(), drum()]
    pool, places = b"", []
    for sample in samples:
        start = len(pool) if vorbis else len(pool) // 2
        pool += _ogg(sample) if vorbis else sample.tobytes()
        places.append((start, len(pool) if vorbis else len(pool) // 2))
        pool += b"" if vorbis else bytes(2 * _GAP)
    headers = b""
    for name, (start, end), sample in zip(("tone", "drum"), places, samples):
        # A loop counts from the sample's start where the sample is compressed.
        loop = (0 if vorbis else start) + 2 * PERIOD
        headers += struct.pack(
            "<20sIIIIIBbHH", name.encode(), start, end, loop, loop + (len(sample) // PERIOD - 4) // 2 * 2 * PERIOD,
            RATE, 69, 0, 0, 0x11 if vorbis else 1,
        )  # fmt: skip
    headers += struct.pack("<20sIIIIIBbHH", b"EOS", *[0] * 9)
    return _riff(
        b"sfbk",
        _list(b"INFO", ifil=struct.pack("<HH", 3 if vorbis else 2, 1), isng=b"EMU8000\0", INAM=b"small\0"),
        _list(b"sdta", smpl=pool),
        _list(b"pdta", **_presets(programs), **_instruments(), shdr=headers),
    )


def _presets(places: Sequence[tuple[int, int]]) -> dict[str, bytes]:
    heads, bags, generators = b"", b"", b""
    for number, (bank, program) in enumerate(places):
        heads += struct.pack("<20sHHHIII", f"preset {number}".encode(), program, bank, number, 0, 0, 0)
        bags += struct.pack("<HH", number, 0)
        generators += struct.pack("<HH", _INSTRUMENT, number)
    heads += struct.pack("<20sHHHIII", b"EOP", 0, 0, len(places), 0, 0, 0)
    bags += struct.pack("<HH", len(places), 0)
    return {"phdr": heads, "pbag": bags, "pmod": bytes(10), "pgen": generators + bytes(4)}


def _instruments() -> dict[str, bytes]:
    # The tone is looped and ends within 10 ms; the drum does not follow the key.
    zones = [[(_RELEASE, 65536 - 7973), (_MODES, 1), (_SAMPLE, 0)], [(_SCALE, 0), (_SAMPLE, 1)]]
    heads, bags, generators, count = b"", b"", b"", 0
    for number, zone in enumerate(zones):
        heads += struct.pack("<20sH", f"instrument {number}".encode(), number)
        bags += struct.pack("<HH", count, 0)
        generators += b"".join(struct.pack("<HH", *pair) for pair in zone)
        count += len(zone)
    heads += struct.pack("<20sH", b"EOI", len(zones))
    bags += struct.pack("<HH", count, 0)
    return {"inst": heads, "ibag": bags, "imod": bytes(10), "igen": generators + bytes(4)}


def _ogg(sample: np.ndarray) -> bytes:
    made = io.BytesIO()
    soundfile.write(made, sample, RATE, format="OGG", subtype="VORBIS")
    return made.getvalue()


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def _list(name: bytes, **chunks: bytes) -> bytes:
    return _chunk(b"LIST", name + b"".join(_chunk(key.encode(), data) for key, data in chunks.items()))


def _riff(name: bytes, *parts: bytes) -> bytes:
    return _chunk(b"RIFF", name + b"".join(parts))
