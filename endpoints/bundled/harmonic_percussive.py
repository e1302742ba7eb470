"""Harmonic and percussive sound, told apart by two median filters.

In a spectrogram a steady tone is a horizontal line and a stroke a vertical one. A median along time keeps the first, a
median along frequency the second (D. FitzGerald: "Harmonic/percussive separation using median filtering", DAFx 2010,
whose frame, hop and filter lengths are used). Soft Wiener masks share each bin between the two (J. Driedger, M. Müller,
S. Disch: "Extending harmonic-percussive separation of audio signals", ISMIR 2014).
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from app.audacitorch import WaveformToWaveformBase
from endpoints.bundled import BundledModel
from endpoints.bundled.effect_examples import band
from endpoints.bundled.sliding_median import SlidingMedian
from endpoints.bundled.stft import Stft

SAMPLE_RATE = 44100


class HarmonicPercussive(nn.Module):
    """Mono sound at 44.1 kHz to its harmonic and its percussive part, which sum to it."""

    def __init__(self) -> None:
        super().__init__()
        self.stft = Stft(window=4096, hop=1024)  # 93 ms, 23 ms
        self.along_time = SlidingMedian(17)  # 0.4 s
        self.along_frequency = SlidingMedian(17)  # 183 Hz
        self.tiny = 1e-30  # keeps 0 / 0 away in silence; far below the power of any 24-bit sound

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(1, samples)` to `(2, samples)`."""
        spectrum = self.stft(x)
        magnitude = spectrum[0].abs()
        harmonic = self.along_time(magnitude).square()
        percussive = self.along_frequency(magnitude.t()).t().square()
        mask = (harmonic + self.tiny) / (harmonic + percussive + 2.0 * self.tiny)
        steady = self.stft.inverse(spectrum * mask, x.shape[1])
        return torch.cat([steady, x - steady])


class HarmonicPercussiveModel(WaveformToWaveformBase):
    """The model in the format's clothes."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(1, samples)` to `(2, samples)`: harmonic, percussive."""
        rows: torch.Tensor = self.model(x)
        return rows


MODEL = BundledModel(
    id="harpist/harmonic-percussive",
    build=lambda: HarmonicPercussiveModel(HarmonicPercussive()),
    metadata={
        "name": "Harmonic / Percussive",
        "author": "Harpist",
        "sample_rate": SAMPLE_RATE,
        "domain_tags": ["music"],
        "short_description": "Splits music into held tones and strokes.",
        "long_description": (
            "Two stems that sum to the mix: what rings (strings, keys, voices) and what strikes (drums, attacks). "
            "Follows FitzGerald 2010 (median filters) with the soft masks of Driedger et al. 2014. Deep drums that "
            "ring on stay partly in the harmonic stem."
        ),
        "tags": ["music", "drums", "separation"],
        "labels": ["harmonic", "percussive"],
        "effect_type": "waveform-to-waveform",
        "multichannel": False,
    },
    paper=(
        "D. FitzGerald: Harmonic/percussive separation using median filtering, DAFx 2010; J. Driedger, M. Müller, "
        "S. Disch: Extending harmonic-percussive separation of audio signals, ISMIR 2014"
    ),
    example=band,
)
