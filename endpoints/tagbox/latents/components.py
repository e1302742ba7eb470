"""The default description: the mixture is the sum of parts, and each part has a gate.

The parts are found in the mixture itself, so that whatever the gates say, nothing sounds that was not there. There are
few of them, and one is about a note or a stroke: gates that are free in time and frequency please a tagger more and
separate worse. While it is steered, each gate is shaken (C. J. Maddison, A. Mnih, Y. W. Teh: "The concrete
distribution", ICLR 2017): what counts is the mean over many mixtures of parts, and no tagger is fooled by one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from app.audio.resample import resampled
from endpoints.tagbox.factorisation import carried, factorise, first_spectra
from endpoints.tagbox.taggers.tagger import RATE

PARTS = 32
ITERATIONS = 60
_FRAME = 0.064
"""Seconds of a frame: long enough to tell the notes of a chord apart."""

_LEAST = 1e-9


@dataclass(frozen=True)
class Carried:
    """What one window leaves for the next, so that a part stays what it was.

    Attributes:
        spectra: of the parts, ``(bins, parts)``.
        gates: the gates' parameters, ``(parts,)``.
    """

    spectra: torch.Tensor
    gates: torch.Tensor


class Components:
    """The parts of a window.

    Args:
        sound: ``(channels, samples)``, not silent.
        rate: in Hz.
        seed: where the search for parts begins.
        before: what the window before has left, if there was one.
        tick: called in long loops; what it raises ends the search.
        noise: how much the gates are shaken; 1 is a logistic distribution's own scale.
        parts: how many are looked for.
    """

    step = 1.0
    free = False

    def __init__(
        self,
        sound: torch.Tensor,
        rate: int,
        seed: int,
        before: Carried | None,
        tick: Callable[[], None],
        noise: float = 1.0,
        parts: int = PARTS,
    ) -> None:
        self._samples = sound.shape[-1]
        self.reference = sound
        self._size = frame_size(rate)
        self._window = torch.hann_window(self._size).sqrt()
        padded = torch.nn.functional.pad(sound, (0, self._size))
        self._spectrum = torch.stft(
            padded, self._size, self._size // 4, window=self._window, pad_mode="constant", return_complex=True
        )
        # The mean of the channels' power, which is heard whatever their phases are.
        magnitude = self._spectrum.abs().square().mean(0).sqrt()
        bins = magnitude.shape[0]
        start = first_spectra(bins, parts, seed) if before is None else carried(before.spectra)
        self._spectra, self._strengths = factorise(magnitude, start, ITERATIONS, tick)
        self._sum = self._spectra @ self._strengths + _LEAST
        self._noise, self._follows = noise, before is not None
        gates = torch.zeros(parts) if before is None else before.gates.clone()
        self.parameters = [gates.requires_grad_()]
        self._heard = self._parts_heard(rate, tick)
        self.mixture = self._heard.sum(0)

    def decode(self, draw: torch.Generator | None) -> torch.Tensor:
        """Return the sum of the parts as far as their gates are open; with ``draw``, each gate is shaken."""
        gates = self.parameters[0]
        if draw is not None:
            even = torch.rand(gates.shape, generator=draw).clamp(1e-4, 1 - 1e-4)
            gates = gates + self._noise * torch.logit(even)
        return gates.sigmoid() @ self._heard

    def estimate(self) -> torch.Tensor:
        """Return the same of every channel, at the region's rate, ``(channels, samples)``."""
        with torch.no_grad():
            share = (self._spectra * self.parameters[0].sigmoid()) @ self._strengths / self._sum
            return self._back(self._spectrum * share)

    @property
    def heard(self) -> torch.Tensor:
        """Each part by itself as a tagger hears it, ``(parts, samples)``, mono at 16 kHz."""
        return self._heard

    def set_gates(self, parameters: torch.Tensor) -> None:
        """Put the gates to parameters ``(parts,)``; where a window before left some, half way to them."""
        with torch.no_grad():
            own = self.parameters[0]
            own.copy_((own + parameters) / 2 if self._follows else parameters)

    @property
    def gates(self) -> torch.Tensor:
        """How far each gate is open, 0 to 1, ``(parts,)``."""
        return self.parameters[0].detach().sigmoid()

    def leave(self) -> Carried:
        """Return what the next window begins with."""
        return Carried(self._spectra, self.parameters[0].detach().clone())

    def _back(self, spectrum: torch.Tensor) -> torch.Tensor:
        length = self._samples + self._size
        sound = torch.istft(spectrum, self._size, self._size // 4, window=self._window, length=length)
        return sound[..., : self._samples]

    def _parts_heard(self, rate: int, tick: Callable[[], None]) -> torch.Tensor:
        """Return each part as a tagger hears it, the mean of the channels at 16 kHz: ``(parts, samples)``."""
        mono = self._spectrum.mean(0)
        heard = []
        for part in range(len(self._strengths)):
            tick()
            share = self._spectra[:, part, None] * self._strengths[part] / self._sum
            heard.append(at_tagger_rate(self._back(mono * share), rate))
        return torch.stack(heard)


def frame_size(rate: int) -> int:
    """Return the samples of a frame at a rate (Hz), a power of two.

    >>> frame_size(16000), frame_size(44100), frame_size(96000)
    (1024, 2048, 4096)
    """
    return max(64, 1 << int(math.log2(_FRAME * rate) + 0.01))


def at_tagger_rate(sound: torch.Tensor, rate: int) -> torch.Tensor:
    """Return mono sound ``(samples,)`` at a rate (Hz) as taggers hear it."""
    if rate == RATE:
        return sound
    return torch.from_numpy(resampled(sound.numpy()[None], rate, RATE)[0])
