"""A short look at how far the noise lies below a voice, to choose how much is done about it."""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn


class NoiseLook(nn.Module):
    """Tells by what a network takes for the voice how far the noise lies below it.

    Two witnesses first, of which the one that hears more noise counts: the calmest parts of the sound, fewer than a
    fast speaker's pauses; and the median of the parts in which the network hears no voice. The second knows of noise
    that comes and goes, and takes for noise what the network does not know for a voice: breath, weak consonants. A
    third is asked where these hear some noise, but not much: all that the network takes away. It hears noise that is
    loud only now and then, and errs where the network harms a voice, so it says nothing of one that is nearly clean.
    """

    def __init__(self, rate: int) -> None:
        super().__init__()
        self.part = rate // 50  # samples: 0.02 s
        self.speaking, self.pausing = 1e-2, 1e-3  # of the voice's loudest power: -20 dB, -30 dB
        self.calm = 0.04  # share of the sound
        self.doubt = 10.0  # the second witness is believed by 10 dB less
        self.void = 1e-10  # of the voice's power, that gates leave in pauses: -100 dB, less than any room has
        self.error = 2.5  # dB of distance for each dB by which the network's noise lies below its voice
        self.surely, self.hardly = 26.0, 36.0  # dB: from where on the network's word counts less, and no more
        self.enough = 20.0  # dB: with less, nothing is done otherwise
        self.around = 51  # parts: silence that is as long, 1 s, was cut in, and is no pause

    def heard(self, power: torch.Tensor) -> torch.Tensor:
        """Whether parts of a power `(parts,)` lie outside of long digital silence."""
        sounds = (power > 1e-14).to(power.dtype).view(1, 1, -1)
        half = self.around // 2
        near = torch.nn.functional.max_pool1d(sounds, self.around, 1, half)
        long = torch.nn.functional.max_pool1d(1.0 - near, self.around, 1, half)
        return long.view(-1) == 0.0

    def forward(self, sound: torch.Tensor, voice: torch.Tensor) -> float:
        """Return how far the noise lies below the voice, in dB; 0 where too little is heard to tell.

        Args:
            sound: mono, at about the level of speech in a recording, shape `(samples,)`.
            voice: what a network takes for the voice in it, of the same shape.
        """
        if sound.shape[0] < 10 * self.part:
            return 0.0
        power = sound.unfold(0, self.part, self.part).square().mean(1)
        clean = voice.unfold(0, self.part, self.part).square().mean(1)
        rest = (sound - voice).unfold(0, self.part, self.part).square().mean(1)
        heard = self.heard(power)
        power, clean, rest = power[heard], clean[heard], rest[heard]
        if power.shape[0] < 10:
            return 0.0
        loudest = torch.quantile(clean, 0.95)
        level = float(clean[clean >= self.speaking * loudest].mean())
        if level <= 1e-14:
            return 0.0
        calmest = float(torch.quantile(power, self.calm))
        noise = calmest
        pauses = power[clean < self.pausing * loudest]
        if pauses.shape[0] > 0:
            noise = max(noise, float(pauses.median()) / self.doubt)
        below = 10.0 * float(torch.log10(torch.tensor(level / max(noise, 1e-30))))
        share = float(clean.mean()) / max(float(rest.mean()), 1e-30)
        told = self.error * 10.0 * float(torch.log10(torch.tensor(max(share, 1e-30))))
        if calmest < self.void * level:  # the pauses tell nothing of the noise under the voice: the network must
            return min(below, told)
        belief = min(max((self.hardly - below) / (self.hardly - self.surely), 0.0), 1.0)
        return below - belief * max(below - max(told, self.enough), 0.0)
