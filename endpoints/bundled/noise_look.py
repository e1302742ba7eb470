"""A short look at the noise under a voice, to choose how it is best lowered."""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

NOTHING, STEADY, CHANGING, CLEAN = 0, 1, 2, 3
"""There is no noise to speak of; there is some that stays as it is; there is other noise; there is none at all."""


class NoiseLook(nn.Module):
    """Tells by a rough estimate of the noise, which a network gives, what kind of noise it is.

    The estimate is taken for steady where the mean power of its bands is hardly above what they have in their calm
    quarter of the time: 0.3 to 2 dB for hiss, hum and fans, 3.5 dB for a room of people, more for cars and tools.
    """

    def __init__(self, rate: int) -> None:
        super().__init__()
        self.frame, self.part = rate // 10, rate // 50  # samples: 0.1 s, 0.02 s
        edges = (60, 150, 250, 400, 600, 900, 1300, 1900, 2800, 4000, 6000, 9000, 14000)  # Hz
        self.edges = [edge // 10 for edge in edges]  # bins of a frame
        self.steady = 10.0 ** (2.8 / 10.0)  # mean over calm power
        self.little = 0.1  # of the sound's power, that noise has at most where pauses are silent
        self.silent = 1e-5  # of the loudest power, that pauses have at most to be called silent: -50 dB
        self.void = 1e-10  # likewise of pauses that hold nothing: -100 dB, less than any room and converter has
        self.error = 0.02  # of the sound's power, that a network takes for noise where there is none
        self.around = 51  # parts: silence that is as long, 1 s, was cut in, and is no pause

    def heard(self, power: torch.Tensor) -> torch.Tensor:
        """Power of the parts, `(parts,)`, without long digital silence."""
        sounds = (power > 1e-14).to(power.dtype).view(1, 1, -1)
        half = self.around // 2
        near = torch.nn.functional.max_pool1d(sounds, self.around, 1, half)
        long = torch.nn.functional.max_pool1d(1.0 - near, self.around, 1, half)
        return power[long.view(-1) == 0.0]

    def forward(self, sound: torch.Tensor, noise: torch.Tensor) -> int:
        """Return one of the four kinds.

        Args:
            sound: mono, at about the level of speech in a recording, shape `(samples,)`.
            noise: what a network takes for its noise, shape `(samples,)`.
        """
        if sound.shape[0] < 2 * self.frame:
            return 2
        power = self.heard(sound.unfold(0, self.part, self.part).square().mean(1))
        if power.shape[0] < 2:
            return 0
        pauses = float(torch.quantile(power, 0.1) / torch.quantile(power, 0.95).clamp_min(1e-20))
        share = float(noise.square().mean() / sound.square().mean().clamp_min(1e-20))
        if pauses < self.void and share < self.error:
            return 3
        if pauses < self.silent and share < self.little:
            return 0
        frames = noise.unfold(0, self.frame, self.frame)
        frames = frames[sound.unfold(0, self.frame, self.frame).abs().amax(1) > 1e-7]
        if frames.shape[0] < 2:
            return 2
        spectra = torch.fft.rfft(frames * torch.hann_window(self.frame, device=noise.device)).abs().square()
        mean = calm = 0.0
        for low, high in zip(self.edges[:-1], self.edges[1:]):
            band = spectra[:, low:high].sum(1)
            mean += float(band.mean())
            calm += float(torch.quantile(band, 0.25))
        return 1 if mean < self.steady * calm else 2
