"""Sound that an endpoint returned, against what its input promises; headers only, nothing is decoded here."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.audio.formats import INTEGER_BITS, AudioFormat, float_format, output_format, suffix
from app.audio.header_format import UNKNOWN, read_header
from app.audio.headers import missing_bytes
from app.backends.base import JobRequest
from app.endpoint import EndpointSpec, TrackFile
from app.errors import ModelRunError, WorkerError
from app.harp.controls import AudioTrack

_MIB = 1 << 20
_RESERVE = 16 * _MIB
"""Bytes of disk that a job must leave free."""

_LOSSY_GROWTH = 12
"""How much longer a lossy file usually is as 24-bit WAV."""

_MOST_CHANNELS = 32
_COMPRESSED = {".mp3": (b"ID3", b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2"), ".ogg": (b"OggS",)}
_COMPRESSED |= {".oga": (b"OggS",), ".opus": (b"OggS",)}


@dataclass(frozen=True)
class Promise:
    """What is known of a job's results before it runs.

    Attributes:
        region: the format of the first sound that was sent; ``None`` where its header is not understood here.
        sent: bytes of all files that were sent.
        keeps: whether results have the region's length and format (see :class:`app.endpoint.EndpointSpec`).
    """

    region: AudioFormat | None
    sent: int
    keeps: bool

    @property
    def seconds(self) -> float | None:
        """How long the region is, in seconds; ``None`` where that is not known, or means nothing for the results."""
        known = self.keeps and self.region is not None and self.region.samples != UNKNOWN
        return self.region.seconds if known and self.region is not None else None

    def too_loud(self, request: JobRequest, wanted: str) -> str:
        """Return what becomes of results that are too loud for integers: as ``wanted``, the setting, where it can be.

        A caller that keeps its file's ending could not open a WAV that answers a FLAC.
        """
        found = self.result
        if wanted != "float" or not request.keeps_ending or found is None or not found.integer:
            return wanted
        return wanted if suffix(float_format(found)) == suffix(found) else "scale"

    @property
    def result(self) -> AudioFormat | None:
        """The format that each sound must have, its length perhaps unknown; ``None`` where any will do."""
        if not self.keeps or self.region is None or self.region.subtype == "OTHER":
            return None
        return output_format(self.region)


def promise(spec: EndpointSpec, tracks: Sequence[TrackFile | None], folder: Path, too_loud: str = "float") -> Promise:
    """Look at what was sent, and at whether the disk of ``folder`` has room for what will come of it.

    ``too_loud`` is the setting of that name.

    Raises:
        WorkerError: it has not.
    """
    region, sent, sounds = None, 0, 0
    for track, kind in zip(tracks, spec.tracks):
        if track is None:
            continue
        try:
            sent += track.path.stat().st_size
            if isinstance(kind, AudioTrack):
                sounds += 1
                region = read_header(track.path) if sounds == 1 else region
        except OSError:
            continue  # the worker will tell
    known = Promise(region, sent, spec.keeps_length)
    results = sum(isinstance(output, AudioTrack) for output in spec.outputs)
    size = sent if region is not None else sent * _LOSSY_GROWTH
    if region is not None and region.samples != UNKNOWN:
        size = max(size, _size(output_format(region)))
        # Beside integers stand floats until it is known that nothing is too loud.
        size += _size(float_format(output_format(region))) if too_loud != "clip" and region.integer else 0
    needed = results * size + _RESERVE
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise WorkerError(
            f"The server’s disk is almost full: this job needs about {needed // _MIB} MiB, and {free // _MIB} MiB "
            "are left; try again later."
        )
    return known


def check_sound(path: Path, label: str, promised: Promise) -> tuple[Path, bool]:
    """Check a file that should be sound.

    Returns:
        Where it lies, under a name that fits what it is; and whether its header proves that its samples are all there
        and numbers, so that nobody needs to read them.

    Raises:
        ModelRunError: it is no sound, incomplete, or not what the input promises.
    """
    found, expected = read_header(path), promised.result
    if found is None:
        if expected is not None or not _compressed(path):
            raise _refusal(label, "is not a sound file")
        return path, False
    cut = missing_bytes(path)
    if cut:
        raise _refusal(label, f"is cut short: {cut} bytes that its header promises are missing")
    if found.samples == 0 or found.channels > _MOST_CHANNELS:
        raise _refusal(label, "holds no sound" if found.samples == 0 else f"has {found.channels} channels")
    if expected is not None:
        if expected.integer and not _fits(found, expected) and _fits(found, float_format(expected)):
            expected = float_format(expected)  # too loud for integers
        if not _fits(found, expected):
            raise _refusal(label, f"is {_told(found, expected)}, and {_told(expected, expected)} is expected")
        size = path.stat().st_size
        if expected.samples != UNKNOWN and size > _size(expected) + promised.sent + _MIB:
            raise _refusal(label, f"takes {size // _MIB} MiB, which is far more than its sound needs")
    proven = found.samples != UNKNOWN and found.subtype in INTEGER_BITS and found.container != "FLAC"
    return _named(path, found), proven


def _refusal(label: str, reason: str) -> ModelRunError:
    return ModelRunError(f"The model’s result “{label}” {reason}.")


def _size(fmt: AudioFormat) -> int:
    bits = INTEGER_BITS.get(fmt.subtype) or {"FLOAT": 32, "DOUBLE": 64}.get(fmt.subtype, 64)
    return fmt.samples * fmt.channels * bits // 8


def _fits(found: AudioFormat, expected: AudioFormat) -> bool:
    same = (found.sample_rate, found.channels, _family(found), found.subtype) == (
        expected.sample_rate,
        expected.channels,
        _family(expected),
        expected.subtype,
    )
    if expected.samples == UNKNOWN:
        return same
    # An odd number of bytes gets one more in an AIFF, which its readers take for a sample.
    padded = expected.container == "AIFF" and expected.subtype in ("PCM_S8", "PCM_U8") and expected.channels % 2
    return same and found.samples in (expected.samples, expected.samples + 1 if padded else expected.samples)


def _family(fmt: AudioFormat) -> str:
    return "WAV" if fmt.container in ("WAVEX", "RF64") else fmt.container


def _told(fmt: AudioFormat, expected: AudioFormat) -> str:
    length = "" if UNKNOWN in (fmt.samples, expected.samples) else f"{fmt.samples} samples of "
    return f"{length}{_family(fmt)} {fmt.subtype}, {fmt.channels} channels, {fmt.sample_rate} Hz"


def _compressed(path: Path) -> bool:
    """Whether it begins as its name says."""
    with path.open("rb") as file:
        return file.read(4).startswith(_COMPRESSED.get(path.suffix.lower(), ()))


def _named(path: Path, fmt: AudioFormat) -> Path:
    """Give a file an ending that means its container: a browser goes by that."""
    ending = suffix(replace(fmt, samples=0), path.name)
    if path.suffix == ending:
        return path
    target, number = path.with_suffix(ending), 2
    while target.exists():
        target, number = path.with_name(f"{path.stem}-{number}{ending}"), number + 1
    return path.rename(target)
