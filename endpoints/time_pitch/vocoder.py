"""A phase vocoder of our own: nothing to install, stereo kept, attacks at their own speed.

Each frame of the result is a frame of the sound, its partials turned so that they go on from the frame before. How far
a partial turns in one step is measured over just that step of the sound, so that no phase need be unwrapped; what is
around a peak turns with it: J. Laroche, M. Dolson: "Improved phase vocoder time-scale modification of audio", IEEE
Transactions on Speech and Audio Processing 7(3), 1999 (identity phase locking). Parts of the spectrum that an attack
brings start with the phases that they have: A. Röbel: "A new approach to transient processing in the phase vocoder",
DAFx 2003. All channels turn alike, which keeps what lies between them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import soxr
import torch

from endpoints.time_pitch.attacks import attacks
from endpoints.time_pitch.change import Change, Samples, Sound
from endpoints.time_pitch.formants import moved_back
from endpoints.time_pitch.spectra import Spectra, peaks_of, regions
from endpoints.time_pitch.time_map import TimeMap, time_map

_STEP = 0.016
"""Seconds between frames of the result; four of them are a frame."""
_BATCH = 64
"""Frames whose moments are looked up in one go."""
_ROSE = 4.0
"""By how much an attack raises the power of a part of the spectrum that it brings."""


class PhaseVocoder:
    """Changes length by the phase vocoder, and pitch by changing the rate of a longer or shorter sound."""

    name = "our own phase vocoder"

    def changed(self, sound: Sound, change: Change) -> Iterator[Samples]:
        """Yield the changed sound; see :class:`endpoints.time_pitch.change.Engine`."""
        stretch = change.time * change.pitch
        hop = max(16, round(_STEP * sound.rate / 64) * 64)
        lines = time_map(sound.samples, stretch, attacks(sound), 2.0 * hop)
        pitch = change.pitch if change.keeps_formants else 1.0
        blocks = _stretched(sound, lines, hop, pitch)
        return blocks if change.pitch == 1.0 else _resampled(blocks, sound, change.pitch)


def _stretched(sound: Sound, lines: TimeMap, hop: int, pitch: float) -> Iterator[Samples]:
    """Yield the sound along a time map, in steps of ``hop`` samples."""
    spectra, starts = Spectra(sound, 4 * hop), list(lines.attacks)
    pending = torch.zeros(sound.channels, 4 * hop)
    turned: torch.Tensor | None = None
    for number, moment in enumerate(_moments(lines, hop)):
        now = spectra.at(moment)
        power = now.abs().square().sum(0)
        rotation = torch.ones(power.shape[0], dtype=now.dtype)
        if turned is not None:
            peaks = peaks_of(power)
            turn = torch.sgn((turned[:, peaks] * spectra.at(moment - hop)[:, peaks].conj()).sum(0))
            rotation = torch.where(turn == 0, rotation[peaks], turn)[regions(peaks, power.shape[0])]
        while starts and moment >= starts[0][0]:
            then = spectra.at(round(starts.pop(0)[1]) + hop // 2).abs().square().sum(0)
            rotation = torch.where(then > _ROSE * power, torch.ones_like(rotation), rotation)
        turned = now * rotation
        heard = turned if pitch == 1.0 else turned * moved_back(power.sqrt(), sound.rate, pitch)
        pending = torch.nn.functional.pad(pending[:, hop:], (0, hop)) + spectra.sound_of(heard)
        # The first frame's middle lies a step before the sound, and three steps before what is whole by then.
        if number >= 3:
            yield pending[:, :hop].numpy().copy()


def _moments(lines: TimeMap, hop: int) -> Iterator[int]:
    """Yield the moments of the sound around which the result's frames lie, from before its start to behind its end."""
    total = lines.after[-1]
    end = round(total) + 4 * hop
    for first in range(-hop, end, _BATCH * hop):
        after = np.arange(first, min(first + _BATCH * hop, end), hop)
        within = lines.moments(after.clip(0, total))
        yield from np.round(within + after - after.clip(0, total)).astype(int).tolist()


def _resampled(blocks: Iterator[Samples], sound: Sound, pitch: float) -> Iterator[Samples]:
    """Yield blocks at a rate that makes them higher by ``pitch``, and as much shorter."""
    stream = soxr.ResampleStream(float(sound.rate) * pitch, float(sound.rate), sound.channels, "float32", "VHQ")
    for block in blocks:
        yield stream.resample_chunk(np.ascontiguousarray(block.T, dtype=np.float32)).T
    yield stream.resample_chunk(np.zeros((0, sound.channels), np.float32), last=True).T
