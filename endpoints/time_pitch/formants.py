"""Resonances: the envelope of a spectrum, and what moves it back where it was after a change of pitch.

The envelope is that of the smoothed logarithmic spectrum (cepstrum), made to lie on the spectrum's peaks in some
rounds: A. Röbel, X. Rodet: "Efficient spectral envelope estimation and its application to pitch shifting and envelope
preservation", DAFx 2005 (true envelope).
"""

from __future__ import annotations

import torch

_SMOOTH = 0.0018
"""Seconds of the cepstrum that are kept: half a period of 280 Hz; the partials of higher voices lie further apart."""
_ROUNDS = 8
_MOST = 3.5
"""In nepers (30 dB): no partial is raised or lowered further; where there is no sound, there is no envelope."""


def envelope(magnitude: torch.Tensor, rate: int) -> torch.Tensor:
    """Return the logarithm of a spectrum's envelope.

    Args:
        magnitude: shape `(bins,)`, of a frame of `2 * (bins - 1)` samples.
        rate: in Hz.

    Returns:
        Shape `(bins,)`, in nepers.
    """
    levels = magnitude.clamp_min(float(magnitude.max()) * 1e-4 + 1e-12).log()
    kept, smooth = round(_SMOOTH * rate), levels
    for _ in range(_ROUNDS):
        cepstrum = torch.fft.irfft(torch.maximum(levels, smooth).to(torch.complex64))
        cepstrum[kept : cepstrum.shape[0] - kept + 1] = 0.0
        smooth = torch.fft.rfft(cepstrum).real
    return smooth


def moved_back(magnitude: torch.Tensor, rate: int, pitch: float) -> torch.Tensor:
    """Return the factors of a spectrum's bins after which its resonances lie where they were.

    Args:
        magnitude: shape `(bins,)`, before its frequencies are multiplied.
        rate: in Hz.
        pitch: by what they will be multiplied.

    Returns:
        Shape `(bins,)`.
    """
    smooth = envelope(magnitude, rate)
    bins = torch.arange(smooth.shape[0], dtype=torch.float32) * pitch
    low = bins.floor().long().clamp_max(smooth.shape[0] - 1)
    high = (low + 1).clamp_max(smooth.shape[0] - 1)
    part = (bins - low).clamp(0.0, 1.0)
    wanted = smooth[low] * (1 - part) + smooth[high] * part
    return (wanted - smooth).clamp(-_MOST, _MOST).exp()
