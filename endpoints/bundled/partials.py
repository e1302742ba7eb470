"""How loud the partials of a note are: the note by itself, where another still rings."""

from __future__ import annotations

import torch


def partial_bins(notes: torch.Tensor, rate: float, size: int, partials: int, highest: float) -> torch.Tensor:
    """Bins of a spectrum on which the partials of notes fall.

    Args:
        notes: MIDI numbers, shape `(notes,)`.
        rate: in Hz.
        size: samples in a frame.
        partials: how many of each note.
        highest: in Hz; partials above it fall on bin `size // 2 + 1`, beyond the spectrum.

    Returns:
        Shape `(notes, partials)`, int64.
    """
    hertz = 440.0 * 2.0 ** ((notes.to(torch.float64) - 69.0) / 12.0)
    hertz = hertz.unsqueeze(1) * torch.arange(1, partials + 1)
    bins = torch.round(hertz * size / rate).to(torch.long)
    return torch.where(hertz < highest, bins, torch.full_like(bins, size // 2 + 1))


def partials_level(widened: torch.Tensor, frames: torch.Tensor, bins: torch.Tensor) -> torch.Tensor:
    """Sum of the magnitudes on the partials of notes, a bin to either side.

    Args:
        widened: spectra as :func:`with_neighbours` gives them, shape `(frames, bins)`.
        frames: which spectra, int64, shape `(…,)`.
        bins: the partials of a note for each of them, shape `(…, partials)`.

    Returns:
        Shape `(…,)`.
    """
    return widened[frames.unsqueeze(-1), bins].sum(-1)


def with_neighbours(spectra: torch.Tensor) -> torch.Tensor:
    """The greatest of each magnitude and its two neighbours, and a last bin of zeros: `(frames, bins + 1)`."""
    return torch.nn.functional.pad(torch.nn.functional.max_pool1d(spectra.unsqueeze(0), 3, 1, 1)[0], (0, 1))
