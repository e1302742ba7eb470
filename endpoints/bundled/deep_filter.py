"""Noise reduction by DeepFilterNet3: gains of ERB bands above 4.8 kHz, filters over frames below.

As H. Schröter, T. Rosenkranz, A. N. Escalante-B., A. Maier: "DeepFilterNet: Perceptually motivated real-time speech
enhancement", Interspeech 2023, and libdf run it, frame by frame; here a hundred frames at a time, so that memory does
not grow with the sound. The transform and the network look 30 ms ahead, which is taken back: nothing is late.
"""

import math  # no postponed annotations in this file: TorchScript reads those of the attributes

import torch
from torch import nn
from torch.nn import functional

from endpoints.bundled.deep_filter_features import Features, band_widths
from endpoints.bundled.deep_filter_network import BANDS, FILTERED, Encoder, FilterDecoder, GainDecoder, Weights

RATE = 48000


class DeepFilter(nn.Module):
    """Mono speech at 48 kHz to the same with less noise.

    Args:
        encoder, gains, filters: the weights of the three parts, by their names in the published graphs.
    """

    window: torch.Tensor
    band_of: torch.Tensor

    def __init__(self, encoder: Weights, gains: Weights, filters: Weights) -> None:
        super().__init__()
        self.size, self.hop = 960, 480  # 20 ms, 10 ms
        self.ahead = 2  # frames
        self.at_once = 100  # frames
        self.sharpness = 0.02  # beta of the post-filter
        self.tiny = 1e-12
        widths = band_widths(RATE, self.size, BANDS, 2)
        memory = round(math.exp(-self.hop / RATE), 2)  # a second, rounded as libdf does
        self.features = Features(widths, FILTERED, memory, self.at_once)
        self.encoder, self.gains, self.filters = Encoder(encoder), GainDecoder(gains), FilterDecoder(filters)
        ramp = torch.sin(0.5 * math.pi * (torch.arange(self.size, dtype=torch.float64) + 0.5) / self.hop)
        self.register_buffer("window", torch.sin(0.5 * math.pi * ramp.square()).float())  # Vorbis'
        self.register_buffer("band_of", torch.arange(BANDS).repeat_interleave(torch.tensor(widths)))

    def post_filter(self, clean: torch.Tensor, noisy: torch.Tensor) -> torch.Tensor:
        """Push down what was pushed down much already (J.-M. Valin et al.: "A perceptually-motivated approach for
        low-complexity, real-time enhancement of fullband speech", Interspeech 2020, as libdf has it).

        Args:
            clean: complex spectra, shape `(frames, bins)`.
            noisy: those before, of the same shape.
        """
        gain = (clean.abs() / (noisy.abs() + self.tiny)).clamp(self.tiny, 1.0)
        bent = torch.sin(0.5 * math.pi * gain)
        return clean * ((1.0 + self.sharpness) / (1.0 + self.sharpness / bent.square()))

    def forward(self, x: torch.Tensor, gain: float = 1.0, post_filter: bool = False) -> torch.Tensor:
        """Map `(1, samples)` to `(1, samples)`.

        Args:
            x: mono sound.
            gain: what the network hears it with, for the network goes by level; the result has the level of `x`.
            post_filter: whether to push what is left of the noise further down.
        """
        samples, hop = x.shape[1], self.hop
        last = (samples + hop - 1) // hop  # the frame whose first half ends the sound
        steps = last + 1 + self.ahead
        result = torch.zeros_like(x)
        levels, sizes = self.features.first_levels, self.features.first_sizes
        heard_bands, heard_bins = x.new_zeros([1, 1, 2, 32]), x.new_zeros([1, 2, 2, 96])
        kept_layer = x.new_zeros([1, 64, 4, 96])
        encoded, gained, filtered = x.new_zeros([1, 1, 256]), x.new_zeros([2, 1, 256]), x.new_zeros([2, 1, 256])
        spectra = torch.zeros([4, hop + 1], dtype=torch.complex64, device=x.device)
        half = x.new_zeros([hop])
        for first in range(0, steps, self.at_once):
            end = min(first + self.at_once, steps)
            count = end - first
            # Frame i reaches from (i - 1) * hop to (i + 1) * hop; before and after the sound there is silence.
            begin, stop = (first - 1) * hop, end * hop
            sound = x[0, max(begin, 0) : max(min(stop, samples), 0)]
            sound = functional.pad(sound, (max(-begin, 0), 0))
            sound = functional.pad(sound, (0, stop - begin - sound.shape[0]))
            frames = (sound * gain).unfold(0, self.size, hop)
            heard = frames.abs().amax(1) > 1e-7
            now = torch.fft.rfft(frames * self.window, norm="forward")
            bands, bins, levels, sizes = self.features(now, heard, levels, sizes)
            heard_bands, heard_bins = torch.cat([heard_bands, bands], 2), torch.cat([heard_bins, bins], 2)
            e0, e1, e2, e3, embedded, layer, encoded = self.encoder(heard_bands, heard_bins, encoded)
            kept_layer = torch.cat([kept_layer, layer], 2)
            weight, gained = self.gains(embedded, e3, e2, e1, e0, gained)
            taps, filtered = self.filters(embedded, kept_layer, filtered)
            spectra = torch.cat([spectra, now])
            noisy = spectra[2 : 2 + count]
            taps = torch.view_as_complex(taps.view(count, 96, 5, 2).contiguous())
            low = spectra[:count, :96] * taps[:, :, 0]
            for tap in range(1, 5):
                low = low + spectra[tap : tap + count, :96] * taps[:, :, tap]
            clean = torch.cat([low, noisy[:, 96:] * weight[:, self.band_of[96:]]], 1)
            if post_filter:
                clean = self.post_filter(clean, noisy)
            parts = torch.fft.irfft(clean, self.size, norm="forward") * self.window
            whole = parts[:, :hop] + torch.cat([half.unsqueeze(0), parts[:-1, hop:]])
            half = parts[-1, hop:]
            # What the steps up to here gave is the sound from this place on.
            place = (first - self.ahead - 1) * hop
            skipped = max(-place, 0)
            ready = whole.flatten()[skipped : max(samples - place, 0)]
            result[0, place + skipped : place + skipped + ready.shape[0]] = ready / gain
            heard_bands, heard_bins, kept_layer = heard_bands[:, :, -2:], heard_bins[:, :, -2:], kept_layer[:, :, -4:]
            spectra = spectra[-4:]
        return result
