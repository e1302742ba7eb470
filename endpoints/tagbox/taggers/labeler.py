"""Any labeler of the audacitorch format as a tagger: one that gives probabilities and lets gradients through.

Whether it does was found out when it was tried (:mod:`app.audacitorch.trial.gradients`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from app.audacitorch.arguments.signature import Rehearsed, read_signature
from app.audacitorch.failures import model_failure
from app.audacitorch.loading import load_model
from app.audacitorch.metadata import read_metadata
from app.audacitorch.probabilities import probable_classes
from app.errors import ModelRunError
from endpoints.tagbox.latents.resampling import resampled
from endpoints.tagbox.taggers.tagger import RATE, looped

_SURE = 1e-6
"""How near to 0 and 1 a probability is taken for what it says."""

_SHORTEST = 3.0
"""Seconds that it hears at once, at least."""


class LabelerTagger:
    """A labeler that hears some seconds at a time; of its labels' probabilities over time, the mean counts.

    Args:
        model: maps a waveform ``(channels, samples)`` to probabilities ``(n, classes)`` and times.
        labels: the names of its classes.
        rate: of what it hears, in Hz.
        channels: that it takes at once; both get the same.
        seconds: that it must be given, at least.

    Raises:
        ModelRunError: it fails on noise, or returns something else.
    """

    def __init__(self, model: Any, labels: tuple[str, ...], rate: int, channels: int, seconds: float) -> None:
        self._model, self._rate, self._channels = model, rate, channels
        self._samples = round(max(_SHORTEST, seconds) * RATE)
        named = tuple(" ".join(label.lower().split()) for label in labels)
        noise = 0.1 * torch.randn(self._samples, generator=torch.Generator().manual_seed(1))
        self.tags: tuple[str, ...] = named
        with torch.no_grad():
            classes = self.excerpt(noise, 0).shape[0]
        self.tags = (*named[:classes], *(f"class {number}" for number in range(len(named), classes)))

    def excerpt(self, sound: torch.Tensor, start: int) -> torch.Tensor:
        """Hear some seconds of a sound that goes round; see :class:`endpoints.tagbox.taggers.tagger.Tagger`."""
        heard = resampled(looped(sound, start, self._samples), RATE, self._rate)
        try:
            probable = probable_classes(self._model(heard.expand(self._channels, -1)))
        except ModelRunError:
            raise
        except Exception as error:
            raise model_failure(error) from error
        if not len(probable):
            return torch.full((len(self.tags),), -10.0)
        return torch.logit(probable.mean(0).clamp(_SURE, 1 - _SURE))

    def opinion(self, sound: torch.Tensor) -> torch.Tensor:
        """Return the mean over the whole, piece by piece."""
        with torch.no_grad():
            starts = range(0, max(1, sound.shape[0] - self._samples // 2), self._samples)
            return torch.stack([self.excerpt(sound, start).sigmoid() for start in starts]).mean(0)


def open_labeler(folder: Path, channels: int, seconds: float) -> LabelerTagger:
    """Return the labeler in a folder.

    Raises:
        ModelFormatError: there is none.
        ModelRunError: it fails on noise.
    """
    metadata = read_metadata(folder)
    model = load_model(folder, "cpu")
    for weights in model.parameters():
        weights.requires_grad_(False)
    called = Rehearsed(model, read_signature(model)[0])
    return LabelerTagger(called, metadata.labels, metadata.sample_rate, channels, seconds)
