"""How far a sound is from the one that it should be: the paper's loss.

The two are aligned first, since effects may come late; then the magnitudes of their spectra are compared, in plain
numbers and in logarithms, and the waves, in whichever polarity is nearer. The waves can be left out: the crossovers of
some plugins turn the phase of each frequency otherwise, which no shift makes good, and nobody hears.
"""

from __future__ import annotations

import torch
from torch import Tensor

_FRAME = 1024


def shift_of(sound: Tensor, target: Tensor) -> Tensor:
    """Return by how many samples each sound is late, ``(items,)``, below 0 where it is early.

    The largest cross-correlation of either sign, over all channels.

    Args:
        sound: ``(items, channels, samples)``.
        target: as it.
    """
    samples = sound.shape[-1]
    size = 1 << (2 * samples - 1).bit_length()
    spectrum = torch.fft.rfft(sound.detach(), size) * torch.fft.rfft(target, size).conj()
    found = torch.fft.irfft(spectrum, size).sum(1).abs().argmax(-1)
    return torch.where(found > size // 2, found - size, found)


def aligned(sound: Tensor, target: Tensor, most: int = 100) -> tuple[Tensor, Tensor]:
    """Return both without the delay of each sound, which is below ``most`` samples; zeros follow at the end.

    Shapes as for `shift_of`. A sound that is early, or later than that, stays as it is.
    """
    shifts = shift_of(sound, target).tolist()
    sounds, targets = [], []
    for one, other, shift in zip(sound, target, shifts):
        late = shift if 0 < shift < most else 0
        keep = one.shape[-1] - late
        sounds.append(torch.nn.functional.pad(one[:, late:], (0, late)))
        targets.append(torch.nn.functional.pad(other[:, :keep], (0, late)))
    return torch.stack(sounds), torch.stack(targets)


def magnitudes(sound: Tensor) -> Tensor:
    """Return |STFT| of frames of 1,024 samples side by side under a Hann window, zeros at the end.

    Args:
        sound: ``(items, channels, samples)``.

    Returns:
        ``(items, channels, frames, 513)``.
    """
    padded = torch.nn.functional.pad(sound, (0, -sound.shape[-1] % _FRAME))
    frames = padded.reshape(*padded.shape[:-1], -1, _FRAME) * torch.hann_window(_FRAME, dtype=sound.dtype)
    # The square root has no slope at 0, and its gradient would be no number there.
    spectrum = torch.fft.rfft(frames)
    return torch.sqrt(spectrum.real**2 + spectrum.imag**2 + 1e-12)


def losses(sound: Tensor, target: Tensor, most: int = 100, waves: bool = True) -> Tensor:
    """Return the loss of each item, ``(items,)``; shapes and ``most`` as for `aligned`.

    Mean squares of the difference of |STFT| and of log(|STFT| + 1e-5), and with ``waves`` ten times the lesser mean of
    |y - ŷ| and |y + ŷ|.
    """
    ours, theirs = aligned(sound, target, most)
    heard, wanted = magnitudes(ours), magnitudes(theirs)
    plain = ((heard - wanted) ** 2).mean((1, 2, 3))
    in_logs = ((torch.log(heard + 1e-5) - torch.log(wanted + 1e-5)) ** 2).mean((1, 2, 3))
    if not waves:
        return plain + in_logs
    wave = torch.minimum((ours - theirs).abs().mean((1, 2)), (ours + theirs).abs().mean((1, 2)))
    return plain + in_logs + 10 * wave
