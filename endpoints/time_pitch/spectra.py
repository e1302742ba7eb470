"""Spectra of frames around any moment of a sound, which is read once, from its start to its end."""

from __future__ import annotations

import numpy as np
import torch

from endpoints.time_pitch.change import Sound


class Spectra:
    """Frames of a sound as spectra, and spectra as sound.

    Their middle counts as the start of their time, so that the bins around a partial have one phase.

    Args:
        sound: silence lies around it.
        size: of a frame, in samples; four steps.
    """

    def __init__(self, sound: Sound, size: int) -> None:
        self._blocks = sound.hear()
        self._size = size
        self._window = torch.hann_window(size)
        self._kept = np.zeros((sound.channels, 2 * size), np.float32)
        self._begin = -2 * size

    def at(self, moment: int) -> torch.Tensor:
        """Return the spectra `(channels, bins)` of the frame around a moment, in samples from the sound's start.

        What is a frame and a half before the latest that was asked for may be asked for, too.
        """
        start = moment - self._size // 2
        self._read(start + self._size)
        place = start - self._begin
        frame = torch.from_numpy(self._kept[:, place : place + self._size])
        spectra: torch.Tensor = torch.fft.rfft(torch.roll(frame * self._window, self._size // 2, 1))
        return spectra

    def sound_of(self, spectra: torch.Tensor) -> torch.Tensor:
        """Return the frame `(channels, size)` of spectra; in steps of a quarter they sum to sound."""
        frame = torch.roll(torch.fft.irfft(spectra, self._size), self._size // 2, 1)
        made: torch.Tensor = frame * self._window / 1.5
        return made

    def _read(self, end: int) -> None:
        """Have the sound at hand up to ``end``; what is long gone is forgotten."""
        parts, have = [self._kept], self._begin + self._kept.shape[1]
        while have < end:
            block = next(self._blocks, None)
            if block is None:
                block = np.zeros((self._kept.shape[0], max(self._size, end - have)), np.float32)
            parts.append(block.astype(np.float32, copy=False))
            have += block.shape[1]
        if len(parts) > 1:
            kept = np.concatenate(parts, axis=1)
            dropped = max(0, end - 4 * self._size - self._begin)
            self._kept, self._begin = kept[:, dropped:], self._begin + dropped


def peaks_of(power: torch.Tensor) -> torch.Tensor:
    """Return the bins `(n,)` of a spectrum `(bins,)` that no one of the two beside them on each side is louder than."""
    around = torch.nn.functional.max_pool1d(power.view(1, 1, -1), 5, 1, 2).view(-1)
    return torch.nonzero(power >= around).flatten()


def regions(peaks: torch.Tensor, bins: int) -> torch.Tensor:
    """Return which of the peaks each bin belongs to, `(bins,)`: the nearest one."""
    return torch.searchsorted((peaks[1:] + peaks[:-1] + 1) // 2, torch.arange(bins), right=True)
