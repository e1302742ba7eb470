"""Noise reduction for speech without a network: the optimally modified log-spectral amplitude estimator.

Each bin's gain is that of Y. Ephraim and D. Malah ("Speech enhancement using a minimum mean-square error log-spectral
amplitude estimator", IEEE Transactions on Acoustics, Speech, and Signal Processing 33(2), 1985) where speech is, and a
constant floor where none is, weighted geometrically by the probability of speech (I. Cohen, B. Berdugo: "Speech
enhancement for non-stationary noise environments", Signal Processing 81, 2001). The noise is estimated as
:mod:`endpoints.bundled.noise_estimate` says. At 48 kHz, so that no bandwidth is lost.
"""

import math

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn
from torch.nn import functional

from endpoints.bundled.frames import full_of_sound
from endpoints.bundled.noise_estimate import NoiseEstimate
from endpoints.bundled.stft import Stft


class SpectralAmplitude(nn.Module):
    """Mono speech at 48 kHz to the same with less noise."""

    def __init__(self) -> None:
        super().__init__()
        self.stft = Stft(window=1536, hop=384)  # 32 ms, 8 ms
        self.noise = NoiseEstimate()
        self.floor = 0.06  # gain where there is no speech: -24 dB leaves the room audible, and nothing chirps
        self.memory = 0.92  # weight of the frame before in the a-priori signal-to-noise ratio
        self.least_snr = 0.003  # -25 dB
        self.absent, self.present = math.log(0.1), math.log(0.3162)  # -10 dB: surely no speech; -5 dB: surely speech
        self.speech_bins = 257  # 0 to 8 kHz tell whether a frame holds speech
        self.most_ratio = 1e6
        self.tiny = 1e-20  # power below any 24-bit sound's
        self.piece = 2500 * self.stft.hop  # samples: long sound is done in pieces of 20 s, for memory
        self.before, self.after = (
            250 * self.stft.hop,
            200 * self.stft.hop,
        )  # samples: context, 2 s and 1.6 s

    def exponential_integral(self, v: torch.Tensor) -> torch.Tensor:
        """E1 of positive numbers (Abramowitz and Stegun 5.1.53 and 5.1.54; error below 5e-5)."""
        u = v.clamp(1e-10, 1.0)
        series = u * (0.99999193 + u * (-0.24991055 + u * (0.05519968 + u * (-0.00976004 + u * 0.00107857))))
        small = series - 0.57721566 - u.log()
        w = v.clamp_min(1.0)
        above, below = w * (w + 2.334733) + 0.250621, w * (w + 3.330657) + 1.681534
        return torch.where(v < 1.0, small, torch.exp(-w) / w * above / below)

    def speech_gain(self, ratio: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Gain if there is speech, and the a-priori signal-to-noise ratio behind it, by the decision-directed rule.

        Args:
            ratio: power over the noise's power, shape `(frames, bins)`.

        Returns:
            Two tensors of the same shape.
        """
        gains = torch.empty_like(ratio)
        priors = torch.empty_like(ratio)
        fresh = (1.0 - self.memory) * (ratio - 1.0).clamp_min(0.0)
        before = (ratio[0] - 1.0).clamp_min(0.0)
        for i in range(ratio.shape[0]):
            prior = (self.memory * before + fresh[i]).clamp_min(self.least_snr)
            wiener = prior / (1.0 + prior)
            gain = (wiener * torch.exp(0.5 * self.exponential_integral(wiener * ratio[i]))).clamp_max(1.0)
            before = gain * gain * ratio[i]
            gains[i] = gain
            priors[i] = prior
        return gains, priors

    def likeliness(self, snr: torch.Tensor) -> torch.Tensor:
        """0 where a signal-to-noise ratio speaks against speech, 1 where it speaks for it, else by its logarithm."""
        return ((snr.log() - self.absent) / (self.present - self.absent)).clamp(0.0, 1.0)

    def presence(self, ratio: torch.Tensor, prior: torch.Tensor) -> torch.Tensor:
        """Probability of speech: a bin, its wider surroundings and its frame must agree.

        Args:
            ratio: power over the noise's power, shape `(frames, bins)`.
            prior: the a-priori signal-to-noise ratio, of the same shape.

        Returns:
            0 to 1, of the same shape.
        """
        steady = functional.avg_pool1d(prior.t(), 5, 1, 2, count_include_pad=False).t()
        local = functional.avg_pool1d(steady, 3, 1, 1, count_include_pad=False)
        wide = functional.avg_pool1d(steady, 31, 1, 15, count_include_pad=False)
        frame = steady[:, : self.speech_bins].mean(1, keepdim=True)
        absence = 1.0 - self.likeliness(local) * self.likeliness(wide) * self.likeliness(frame)
        absence = absence.clamp_max(0.95)
        unlikely = torch.exp(-(prior / (1.0 + prior) * ratio))
        return 1.0 / (1.0 + absence / (1.0 - absence) * (1.0 + prior) * unlikely)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(1, samples)` to `(1, samples)`."""
        samples = x.shape[1]
        if samples <= self.piece + self.before + self.after:
            return self.at_once(x)
        result = torch.empty_like(x)
        for start in range(0, samples, self.piece):
            first, end = max(0, start - self.before), min(samples, start + self.piece)
            cleaned = self.at_once(x[:, first : min(samples, end + self.after)])
            result[:, start:end] = cleaned[:, start - first : end - first]
        return result

    def at_once(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(1, samples)` to `(1, samples)`, in memory that grows with them."""
        spectrum = self.stft(x)
        power = spectrum[0].abs().square()
        noise = self.noise(power, full_of_sound(x[0], self.stft.size, self.stft.hop, power.shape[1]))
        ratio = (power / (noise + self.tiny)).clamp_max(self.most_ratio).t().contiguous()
        gain, prior = self.speech_gain(ratio)
        presence = self.presence(ratio, prior)
        gain = gain.pow(presence) * self.floor ** (1.0 - presence)
        return self.stft.inverse(spectrum * gain.t(), x.shape[1])
