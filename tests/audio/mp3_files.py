"""MP3 files of every kind that encoders and editors leave, made from libsndfile's."""

import struct
from pathlib import Path

import numpy as np
import soundfile

from app.audio.mpeg_frames import frame_header, frame_size, side_size


def encode(path: Path, mode: str, rate: int = 44100, channels: int = 2, seconds: int = 8) -> Path:
    """Write noise whose middle is silent, so that a variable bit rate varies."""
    x = np.random.default_rng(0).normal(0, 0.05, (rate * seconds, channels))
    x[rate * seconds // 4 : rate * seconds * 3 // 4] = 0
    with soundfile.SoundFile(path, "w", rate, channels, format="MP3", bitrate_mode=mode, compression_level=0.5) as file:
        file.write(x)
    return path


def without_header(data: bytes) -> bytes:
    """Cut off the first frame, which says how many follow, as ``lame -t`` and programs that write to a pipe do."""
    return data[frame_size(frame_header(data, 0)) :]


def without_delays(data: bytes) -> bytes:
    """Take out what LAME says of the samples that it added: a plain “Xing” header stays."""
    size, at = frame_size(frame_header(data, 0)), 4 + side_size(frame_header(data, 0))
    return data[: at + 12] + bytes(size - at - 12) + data[size:]


def with_vbri(data: bytes) -> bytes:
    """Put Fraunhofer's header in the place of LAME's."""
    header = frame_header(data, 0)
    size, frames = frame_size(header), 0
    at = size
    while at < len(data):
        frames, at = frames + 1, at + frame_size(frame_header(data, at))
    vbri = struct.pack(">4sHHHIIHHHH", b"VBRI", 1, 1105, 75, len(data) - size, frames, 0, 1, 2, 1)
    return data[:4] + bytes(32) + vbri + bytes(size - 36 - len(vbri)) + data[size:]


def id3(size: int, footer: bool = False) -> bytes:
    """Make an ID3v2.4 tag with ``size`` bytes of content that look like frames to who does not skip them."""
    length = bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127])
    content = (b"\xff\xfb\x90\x64" * (size // 4 + 1))[:size]
    head = b"\4\0" + (b"\x10" if footer else b"\0") + length
    return b"ID3" + head + content + (b"3DI" + head if footer else b"")
