"""A spectrogram as the sum of few parts, each a spectrum that is there more or less (non-negative factorisation).

D. D. Lee, H. S. Seung: "Algorithms for non-negative matrix factorization", NIPS 2000: multiplicative updates for the
Kullback-Leibler divergence; P. Smaragdis, J. C. Brown: "Non-negative matrix factorization for polyphonic music
transcription", WASPAA 2003.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

_LEAST = 1e-9


def factorise(
    spectrogram: torch.Tensor, spectra: torch.Tensor, iterations: int, tick: Callable[[], None]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Find spectra and how strong each is in every frame, so that their sum comes near a spectrogram.

    Args:
        spectrogram: magnitudes, ``(bins, frames)``, none below 0.
        spectra: where the search begins, ``(bins, parts)``, all above 0.
        iterations: how often both are bettered.
        tick: called once an iteration; what it raises ends the search.

    Returns:
        Spectra ``(bins, parts)``, each with a sum of 1, and strengths ``(parts, frames)``.
    """
    spectra = spectra / spectra.sum(0)
    strengths = (spectra.T @ spectrogram) + spectrogram.mean() + _LEAST
    for _ in range(iterations):
        tick()
        ratio = spectrogram / (spectra @ strengths + _LEAST)
        strengths = strengths * (spectra.T @ ratio)
        ratio = spectrogram / (spectra @ strengths + _LEAST)
        spectra = spectra * (ratio @ strengths.T) / (strengths.sum(1) + _LEAST)
        scale = spectra.sum(0) + _LEAST
        spectra, strengths = spectra / scale, strengths * scale[:, None]
    return spectra, strengths


def first_spectra(bins: int, parts: int, seed: int) -> torch.Tensor:
    """Return spectra at random from which a search may begin, ``(bins, parts)``; a seed gives the same ones again."""
    return torch.rand(bins, parts, generator=torch.Generator().manual_seed(seed)) + 0.1


def carried(spectra: torch.Tensor) -> torch.Tensor:
    """Return spectra that were found, as the start of a search in what follows: what was 0 may grow again."""
    return spectra + 0.01 * spectra.mean(0)
