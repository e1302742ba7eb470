"""Sound of any length through the network, in windows that overlap: the posteriors of every frame, once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from app.audio.mix import mono_of
from endpoints.audio_to_midi.harmonic_cqt import BINS, FRAMES, HOP, SAMPLE_RATE, WINDOW
from endpoints.audio_to_midi.network import NoteNetwork

Samples = NDArray[np.floating[Any]]
Probabilities = NDArray[np.float32]

FRAME_RATE = SAMPLE_RATE / HOP
"""Frames of a second."""

EDGE = 15
"""Frames at a window's start of which the network knows too little to be believed; one more at its end."""

NEW = FRAMES - 2 * EDGE - 1
"""Frames that each window answers for. Windows begin on frames, so that no time is ever rounded."""

SILENCE = 1e-4
"""The level (-80 dB of full scale) that a window must reach: the network hears each at a level of its own, and would
find notes in the hiss of a converter."""

NOTES = 88


class Heard(NamedTuple):
    """Probabilities, 0 to 1, frame by frame.

    Attributes:
        notes: that a note sounds, ``(frames, 88)``, from A0 on.
        onsets: that one begins, ``(frames, 88)``.
        contours: where its pitch is, ``(frames, 264)``, in thirds of a semitone.
    """

    notes: Probabilities
    onsets: Probabilities
    contours: Probabilities


class Listener:
    """Hears a stream of sound once.

    Args:
        network: whose answers are wanted.
        channels: of the sound.
        device: where the network is.
    """

    def __init__(self, network: NoteNetwork, channels: int, device: str = "cpu") -> None:
        self._network, self._device = network, device
        self._waiting: Samples = np.zeros((channels, EDGE * HOP), np.float32)
        self.cancelled = False
        """Whether the channels nearly cancelled each other somewhere, so that the loudest was heard alone."""

    def hear(self, blocks: Iterable[Samples]) -> Iterator[Heard]:
        """Yield what is heard in blocks ``(channels, n)`` at 22,050 Hz, stretch by stretch.

        Together it has a frame for each 256th sample of the sound, from the first on. How the sound is cut into blocks
        changes nothing.
        """
        length = begun = 0
        for block in blocks:
            length += block.shape[1]
            self._waiting = np.concatenate([self._waiting, block.astype(np.float32, copy=False)], axis=1)
            while self._waiting.shape[1] >= WINDOW:
                begun += NEW
                # There may be fewer frames, if the sound ends here.
                yield self._next(NEW - max(0, begun - frames_of(length)))
        while begun < frames_of(length):
            self._waiting = np.pad(self._waiting, ((0, 0), (0, WINDOW)))
            yield self._next(min(NEW, frames_of(length) - begun))
            begun += NEW

    def _next(self, frames: int) -> Heard:
        """Return the first ``frames`` that the next window answers for."""
        sound, self._waiting = self._waiting[:, :WINDOW], self._waiting[:, NEW * HOP :]
        mono, cancelled = mono_of(sound)
        self.cancelled = self.cancelled or cancelled
        if max(-float(mono.min()), float(mono.max())) < SILENCE:
            return Heard(*(np.zeros((frames, bins), np.float32) for bins in (NOTES, NOTES, BINS)))
        with torch.inference_mode():
            found = self._network(torch.from_numpy(np.ascontiguousarray(mono)).to(self._device))
        return Heard(*(part[0, EDGE : EDGE + frames].cpu().numpy() for part in found))


def frames_of(samples: int) -> int:
    """Return how many frames so many samples have."""
    return -(-samples // HOP)
