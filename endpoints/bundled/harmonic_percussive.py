"""Harmonic and percussive sound, told apart by two median filters.

In a spectrogram a steady tone is a horizontal line and a stroke a vertical one. A median along time keeps the first, a
median along frequency the second (D. FitzGerald: "Harmonic/percussive separation using median filtering", DAFx 2010,
whose filter lengths are used, and whose frames are but for 104 samples). Soft Wiener masks share each bin between the
two (J. Driedger, M. Müller, S. Disch: "Extending harmonic-percussive separation of audio signals", ISMIR 2014). As
there, a second pass has shorter frames: from 2 kHz up it takes out what the first left in, such as quick hi-hats, which
long frames blur into one another.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from app.audacitorch import WaveformToWaveformBase
from endpoints.bundled import BundledModel
from endpoints.bundled.effect_examples import band
from endpoints.bundled.steadiness import Steadiness
from endpoints.bundled.stft import Stft

SAMPLE_RATE = 44100


class HarmonicPercussive(nn.Module):
    """Mono sound at 44.1 kHz to its harmonic and its percussive part, which sum to it.

    Both hops divide a second, so that chunks that start at whole seconds share their frames.
    """

    high: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.long = Stft(window=4200, hop=1050)  # 95 ms; the medians reach over 0.4 s and 180 Hz
        self.short = Stft(window=2100, hop=525)  # 48 ms; 0.2 s and 360 Hz
        self.steadiness = Steadiness()
        bins = torch.arange(self.short.size // 2 + 1) * SAMPLE_RATE / self.short.size
        self.register_buffer("high", ((bins - 2000.0) / 2000.0).clamp(0.0, 1.0).unsqueeze(1))  # from 2 to 4 kHz

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(1, samples)` to `(2, samples)`."""
        spectrum = self.long(x)
        steady = self.long.inverse(spectrum * self.steadiness(spectrum[0].abs()), x.shape[1])
        spectrum = self.short(steady)
        kept = 1.0 - self.high * (1.0 - self.steadiness(spectrum[0].abs()))
        steady = self.short.inverse(spectrum * kept, x.shape[1])
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
