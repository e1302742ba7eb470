"""Two estimates of a voice made one, bin by bin: a network's, and one that leaves more of everything.

In loud noise, both err, and differently where both hear the voice, so that their mean is nearer to it than either.
Where the network hears much less than the other, the other has kept noise, and the network's is taken alone. In one
band for all, a mean would bring back in the pauses what the network has taken away.

In soft noise, the louder of both is taken: only what both hold for noise goes. Each by itself does a nearly clean voice
harm that the other does not: the network to a voice that it does not know for one, the other to the room.
"""

import math

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn
from torch.nn import functional


class SpectralBlend(nn.Module):
    """A network's estimate of a voice with some of another's where both agree that there is a voice, or all of both."""

    window: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.size, self.hop = 960, 480  # 20 ms, 10 ms at 48 kHz
        self.share = 0.5  # of the other estimate, where both are as loud
        self.tiny = 1e-8
        self.at_once = 500  # frames: 5 s, for memory
        ramp = torch.sin(0.5 * math.pi * (torch.arange(self.size, dtype=torch.float64) + 0.5) / self.hop)
        self.register_buffer("window", torch.sin(0.5 * math.pi * ramp.square()).float())  # Vorbis'

    def forward(self, network: torch.Tensor, other: torch.Tensor, noisy: float = 1.0) -> torch.Tensor:
        """Map two estimates of one sound, each `(1, samples)`, to one of the same shape.

        Args:
            network: the network's.
            other: the other's.
            noisy: 1 for loud noise, 0 for soft; between them, so much of one and the rest of the other.
        """
        samples, hop = network.shape[1], self.hop
        result = torch.zeros_like(network)
        steps = (samples + hop - 1) // hop + 1  # frame i reaches from (i - 1) * hop to (i + 1) * hop
        half = network.new_zeros([hop])
        for first in range(0, steps, self.at_once):
            end = min(first + self.at_once, steps)
            begin, stop = (first - 1) * hop, end * hop
            sound = torch.cat([one[:, max(begin, 0) : min(stop, samples)] for one in (network, other)])
            sound = functional.pad(sound, (max(-begin, 0), max(stop - samples, 0)))
            spectra = torch.fft.rfft(sound.unfold(1, self.size, hop) * self.window)
            quiet, loud = spectra[0], spectra[1]
            share = noisy * self.share * (quiet.abs() / (loud.abs() + self.tiny)).clamp_max(1.0)
            if noisy < 1.0:
                share = share + (1.0 - noisy) * (loud.abs() > quiet.abs()).to(share.dtype)
            parts = torch.fft.irfft(quiet + share * (loud - quiet), self.size) * self.window
            whole = parts[:, :hop] + torch.cat([half.unsqueeze(0), parts[:-1, hop:]])
            half = parts[-1, hop:]
            skipped = max(-begin, 0)
            ready = whole.flatten()[skipped : max(samples - begin, 0)]
            result[0, begin + skipped : begin + skipped + ready.shape[0]] = ready
        return result
