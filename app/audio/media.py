"""Sound that libsndfile cannot decode, read through PyAV (FFmpeg's libraries), where that is installed.

Only ever imported in a worker, behind its sandbox: FFmpeg is large, and these files come from anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.stream_file import UNKNOWN_LENGTH
from app.errors import AudioFileError
from app.own_code import pip_arguments

Samples = NDArray[np.floating[Any]]

_MISSING = 1.0
"""Seconds that may be missing of what is promised: encoders and editors do not count alike."""

_ADDED = 2048
"""Samples that an encoder may have put behind the sound, which FFmpeg hears, whatever the header says."""

_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_EBML = b"\x1a\x45\xdf\xa3"
_CONTAINERS = {"mov": "MP4", "matroska": "MATROSKA", "aac": "AAC", "flac": "FLAC", "ogg": "FLAC"}
"""What FFmpeg may take a file for: none of what names further files, as play lists do."""

_COOKIE_BITS, _FLAC_BITS = 17, 10
"""Where ALAC's and FLAC's own headers tell the samples' bits."""


def media_kind(start: bytes) -> str:
    """Return what a file is that begins so, where only FFmpeg reads such; ``""`` for all others."""
    if start[4:8] in _BOXES:
        return "MP4 or M4A (AAC, ALAC)"
    if start.startswith(_EBML):
        return "WebM or Matroska"
    return "bare AAC" if start[:1] == b"\xff" and len(start) > 1 and start[1] & 0xF6 == 0xF0 else ""


def open_media(path: Path, kind: str, stack: ExitStack) -> MediaFile:
    """Open a file of a kind that :func:`media_kind` names; ``stack`` closes it.

    Raises:
        AudioFileError: PyAV is not installed, or the file holds no sound that it can decode.
    """
    try:
        import av
    except ImportError:
        raise AudioFileError(
            f"The file is {kind}, which needs the package “av” where Harpist runs: install it with "
            f"“pip install {pip_arguments('requirements-media.txt')}”, or send WAV, AIFF, FLAC, OGG or MP3."
        ) from None
    with _told(kind):
        # It gets the path, not an open file: it reads what it needs, in C.
        container = stack.enter_context(
            av.open(
                str(path),
                metadata_errors="ignore",
                container_options={"protocol_whitelist": "file", "format_whitelist": ",".join(_CONTAINERS)},
            )
        )
        return MediaFile(container, kind)


class MediaFile:
    """The first sound of a file, as FFmpeg decodes it; attributes are named as libsndfile's are."""

    endian = "FILE"

    def __init__(self, container: Any, kind: str) -> None:
        stream = container.streams.best("audio")
        if stream is None:
            raise AudioFileError(f"The file is {kind} and holds no sound; send one that does.")
        stream.codec_context.thread_count = 1
        self._kind = kind
        self._frames: Iterator[Any] = container.decode(stream)
        with _told(kind):
            self._first = next(self._frames, None)
        if self._first is None:
            raise AudioFileError("The file holds no sound (0 samples); send one that does.")
        self.samplerate = int(self._first.sample_rate)
        self.channels = int(self._first.layout.nb_channels)
        self.format = _CONTAINERS[container.format.name.split(",")[0]]
        self.subtype = _subtype(stream.codec_context, self._first.format.name)
        self._promised, self._exact = _promised(container, stream), False
        self.frames = UNKNOWN_LENGTH
        if self._promised is not None:
            self._exact = self.format != "MATROSKA" and self.subtype.startswith(("ALAC", "PCM"))
            self.frames = max(1, round(self._promised * self.samplerate)) + (0 if self._exact else _ADDED)
        self._blocks = self._decoded()
        self._rest: Samples | None = None
        self._had = 0

    def read(self, frames: int, dtype: str, *, always_2d: bool) -> Samples:
        """Return the next ``(n, channels)``; ``n`` is ``frames``, or less at the end.

        Raises:
            AudioFileError: the file is damaged or cut short, or changes its rate or channels.
        """
        parts: list[Samples] = [] if self._rest is None else [self._rest]
        had = sum(map(len, parts))
        while had < frames and (block := next(self._blocks, None)) is not None:
            parts.append(block.astype(dtype, copy=False))
            had += len(block)
        whole: Samples = np.concatenate(parts) if parts else np.zeros((0, self.channels), dtype)
        self._rest = whole[frames:]
        return whole[:frames]

    def _decoded(self) -> Iterator[Samples]:
        frame = self._first
        while frame is not None:
            if (frame.sample_rate, frame.layout.nb_channels) != (self.samplerate, self.channels):
                raise AudioFileError("The file’s sound changes its rate or channels within; send each part by itself.")
            block = _scaled(frame.to_ndarray())
            block = block.T if frame.format.is_planar else block.reshape(-1, self.channels)
            self._had += len(block)
            yield block
            with _told(self._kind):
                frame = next(self._frames, None)
        missing = (self._promised or 0.0) - self._had / self.samplerate
        if missing > (0.5 / self.samplerate if self._exact else _MISSING):
            raise AudioFileError(
                f"The file is cut short: {missing:.3g} s that its header promises are missing; send the complete file."
            )


@contextmanager
def _told(kind: str) -> Iterator[None]:
    """Say in a sentence what FFmpeg could not read."""
    import av

    try:
        yield
    except (av.FFmpegError, ValueError, RuntimeError) as error:
        raise AudioFileError(
            f"The file is {kind} that cannot be read to its end: it is damaged, cut short or protected; "
            "send the complete file."
        ) from error


def _promised(container: Any, stream: Any) -> float | None:
    """Return how many seconds a file's header says there are, None where it says nothing of this sound alone."""
    name = container.format.name
    if name == "aac":
        return None  # FFmpeg guesses by the file's size
    if stream.duration:
        return float(stream.duration * stream.time_base)
    alone = len(container.streams) == 1 and container.duration
    return float(container.duration / 1_000_000) if alone else None


def _subtype(codec: Any, form: str) -> str:
    """Name the samples' form as libsndfile does, where they are exact; else the codec."""
    integer = form.startswith("s16") and 16
    extra = codec.extradata or b""
    if codec.name == "alac":
        bits = integer or (extra[_COOKIE_BITS] if len(extra) > _COOKIE_BITS else 24)
        return f"ALAC_{bits if bits in (16, 20, 24, 32) else 24}"
    if codec.name == "flac":
        packed = int.from_bytes(extra[_FLAC_BITS : _FLAC_BITS + 8], "big")
        return f"PCM_{integer or (32 if packed >> 36 & 31 >= 24 else 24)}"
    if codec.name.startswith("pcm_s"):
        return f"PCM_{integer or (32 if '32' in codec.name else 24)}"
    if codec.name.startswith("pcm_f"):
        return "DOUBLE" if "64" in codec.name else "FLOAT"
    return str(codec.name).upper()


def _scaled(samples: NDArray[Any]) -> Samples:
    """Scale integers to -1 (inclusive) to 1; 32-bit ones keep all their bits."""
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - 128) / 128
    if samples.dtype.kind == "i":
        bits = 8 * samples.dtype.itemsize
        return samples.astype(np.float32 if bits == 16 else np.float64) / (1 << (bits - 1))
    return samples
