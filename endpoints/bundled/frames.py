"""Cut a signal into overlapping frames, centred on multiples of the hop."""

from __future__ import annotations

import torch


def sound_length(x: torch.Tensor) -> int:
    """How many samples of the mono signal `x` come before it turns to exact zeros for good."""
    sounding = torch.nonzero(x)
    if sounding.shape[0] == 0:
        return 0
    return int(sounding[-1, 0].item()) + 1


def without_offset(x: torch.Tensor) -> torch.Tensor:
    """Take out of the mono signal `x` what a cheap converter adds to every sample, which would begin with a step.

    Exact zeros are cut in and stay; where they are most of it, nothing is known of an offset.
    """
    sounding = x != 0
    count = int(sounding.sum().item())
    if 2 * count < x.shape[0] or count == 0:
        return x
    offset = x.to(torch.float64).sum() / count
    return torch.where(sounding, (x - offset).to(x.dtype), x)


def centred_frames(x: torch.Tensor, size: int, hop: int) -> torch.Tensor:
    """Frame `i` is centred on sample `i * hop`; what lies outside the signal is silence.

    Args:
        x: mono signal, shape `(samples,)`.
        size: samples in a frame.
        hop: samples from one frame to the next.

    Returns:
        A view, shape `(1 + samples // hop, size)`, that takes no memory of its own beyond a padded copy of `x`.
    """
    padded = torch.nn.functional.pad(x, (size // 2, size))
    return padded.unfold(0, size, hop)[: 1 + x.shape[0] // hop]


def full_of_sound(x: torch.Tensor, size: int, hop: int, frames: int) -> torch.Tensor:
    """Tell the frames that reach into no digital silence, which is cut in: no quiet room, whose noise would tell of it.

    Args:
        x: mono signal, shape `(samples,)`; what lies before and after it is silence.
        size: samples in a frame.
        hop: samples from one frame to the next; silence that is shorter goes unnoticed.
        frames: how many there are, at most what reaches into the signal.

    Returns:
        Shape `(frames,)`, bool.
    """
    reach = (size // 2 + hop - 1) // hop
    padded = torch.nn.functional.pad(x, (reach * hop, (frames + reach) * hop - x.shape[0]))
    loudest = padded.view(1, -1, hop).abs().max(dim=2)[0]
    softest = -torch.nn.functional.max_pool1d(-loudest, 2 * reach, 1)[0, :frames]
    return softest > 1e-7  # less than one bit of 24: silence may have been resampled


def magnitudes(x: torch.Tensor, window: torch.Tensor, hop: int) -> torch.Tensor:
    """Short-time Fourier magnitudes; a full-scale sine has a peak of about 1.

    Args:
        x: mono signal, shape `(samples,)`.
        window: shape `(size,)`.
        hop: samples from one frame to the next.

    Returns:
        Shape `(frames, size // 2 + 1)`, frames as in :func:`centred_frames`.
    """
    frames = centred_frames(x, window.shape[0], hop)
    scale = 2.0 / float(window.sum().item())
    starts = range(0, frames.shape[0], 1024)  # in blocks: complex spectra of a minute would be large
    return torch.cat([torch.fft.rfft(frames[i : i + 1024] * window).abs() * scale for i in starts])
