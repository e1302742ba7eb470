"""Sounds that were sent, and new music written behind one or alone, in memory that does not grow with the sound."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.extras import Extras, read_extras
from app.audio.formats import AudioFormat
from app.audio.io import open_reader, output_format, suffix
from app.audio.mix import mono_of
from app.audio.resample import resampled
from app.audio.stems import loudness_notice, open_stems
from app.endpoint import Region, TrackFile

Samples = NDArray[np.floating[Any]]

_BLOCK = 65536
_FADE = 0.04
"""Seconds: the last of the sound go over into what the network made of them, so that nothing clicks."""
_EDGE = 0.005
"""Seconds in which music that begins or ends of its own does so."""


@dataclass(frozen=True)
class Sent:
    """A sound that was sent.

    Attributes:
        track: the file.
        format: of it.
        samples: how many there are, of each channel.
        kept: the first or last of them, ``(channels, samples)``.
    """

    track: TrackFile
    format: AudioFormat
    samples: int
    kept: Samples

    @property
    def seconds(self) -> float:
        """The sound's length."""
        return self.samples / self.format.sample_rate

    def heard(self, channels: int, rate: int) -> Samples:
        """Return what is kept, ``(channels, samples)`` at a rate in Hz: mixed where it has another number of them."""
        sound = self.kept if len(self.kept) == channels else mono_of(self.kept)[0]
        sound = resampled(sound.astype(np.float32), self.format.sample_rate, rate)
        return np.repeat(sound, channels, axis=0) if len(sound) != channels else sound


def read_sent(track: TrackFile, seconds: float, still: Callable[[], None], *, ending: bool) -> Sent:
    """Read a sound to its end, and keep at most so many seconds: of its ending, or of its beginning.

    Raises:
        AudioFileError: it cannot be read.
    """
    with open_reader(track.path) as reader:
        wanted = round(seconds * reader.format.sample_rate)
        blocks: list[Samples] = [np.zeros((reader.format.channels, 0), np.float32)]
        count = held = 0
        for block in _blocks(reader.read, still):
            count += block.shape[1]
            if ending or held < wanted:
                blocks.append(block)
                held += block.shape[1]
            while ending and held - blocks[0].shape[1] >= wanted and len(blocks) > 1:
                held -= blocks.pop(0).shape[1]
        kept = np.concatenate(blocks, axis=1)
        return Sent(track, reader.format, count, kept[:, -wanted:] if ending else kept[:, :wanted])


def write_alone(
    region: Region, sent: Sent | None, music: Samples, rate: int, seconds: float, still: Callable[[], None]
) -> tuple[Path, str]:
    """Write ``seconds`` of new music ``(channels, samples)`` of a rate in Hz, in the format of what was sent.

    Returns:
        Where it is, and what is to be said of it.

    Raises:
        WorkerError: the disk is full or not writable.
    """
    given = sent.format if sent else AudioFormat(rate, len(music), 0, "WAV", "PCM_24")
    sound = _on(music, given.channels)
    sound = resampled(sound, rate, given.sample_rate)[:, : round(seconds * given.sample_rate)]
    sound = _ended(_begun(sound, given.sample_rate), given.sample_rate)
    return _write(region, sent, given, [sound], sound.shape[1], None, still)


def write_joined(
    region: Region, sent: Sent, music: Samples, heard: int, rate: int, seconds: float, still: Callable[[], None]
) -> tuple[Path, str]:
    """Write a sound and ``seconds`` of new music behind it.

    Args:
        region: where to.
        sent: the sound, with its ending.
        music: what the network made of the sound's last ``heard`` samples and what follows, ``(channels, samples)``.
        heard: samples of ``music`` in front of what is new; at least twice :data:`_FADE` of them.
        rate: of ``music``, in Hz.
        seconds: see above.
        still: called now and then; what it raises ends the work.

    Returns:
        Where it is, and what is to be said of it.

    Raises:
        AudioFileError: the sound cannot be read any more.
        WorkerError: the disk is full or not writable.
    """
    to = sent.format.sample_rate
    fade, new = round(_FADE * to), round(seconds * to)
    music = _on(music, sent.format.channels)
    # Twice as much is resampled before the joint, of which the first half has the resampler's own beginning in it.
    before = resampled(music[:, heard - 2 * round(_FADE * rate) :], rate, to)
    behind = _ended(before[:, fade : 2 * fade + new], to)
    share = np.linspace(0, 1, fade + 2, dtype=behind.dtype)[1:-1]

    def parts() -> Iterator[Samples]:
        left = sent.samples - fade
        with open_reader(sent.track.path) as reader:
            for block in _blocks(reader.read, still):
                yield block[:, :left]
                left = max(0, left - block.shape[1])
        faded = (1 - share) * sent.kept[:, -fade:] + share * behind[:, :fade]
        yield faded.astype(sent.kept.dtype)
        yield behind[:, fade:]

    # What the file carries of moments in the sound stays right: the new comes behind all of it.
    carried = read_extras(sent.track.path)
    return _write(region, sent, sent.format, parts(), sent.samples + new, carried, still)


def _write(
    region: Region,
    sent: Sent | None,
    given: AudioFormat,
    parts: Iterable[Samples],
    length: int,
    extras: Extras | None,
    still: Callable[[], None],
) -> tuple[Path, str]:
    fmt = output_format(replace(output_format(given), samples=length))
    path = region.output_path("music", suffix(fmt, sent.track.name if sent else ""))
    with open_stems([path], fmt, extras, region.too_loud) as files:
        for part in parts:
            for start in range(0, part.shape[1], _BLOCK):
                still()
                files.write(part[None, :, start : start + _BLOCK])
        written = files.finish(still)
    return written.paths[0], " ".join(filter(None, [given.notice, loudness_notice(written, fmt)]))


def _blocks(read: Callable[[], Samples], still: Callable[[], None]) -> Iterator[Samples]:
    while (block := read()).shape[1]:
        still()
        yield block


def _on(music: Samples, channels: int) -> Samples:
    """Return ``music`` on so many channels: as it is where it has as many, else its mix on all."""
    if len(music) == channels:
        return music
    return np.repeat(music.mean(axis=0, keepdims=True), channels, axis=0)


def _begun(sound: Samples, rate: int) -> Samples:
    """Return ``sound (channels, samples)`` that comes out of silence."""
    return _ended(sound[:, ::-1], rate)[:, ::-1]


def _ended(sound: Samples, rate: int) -> Samples:
    """Return ``sound (channels, samples)`` that goes into silence."""
    length = min(round(_EDGE * rate), sound.shape[1])
    share = np.ones(sound.shape[1], sound.dtype)
    share[sound.shape[1] - length :] = np.linspace(1, 0, length, dtype=sound.dtype)
    return sound * share
