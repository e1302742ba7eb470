"""The centre of a stereo mix, and what lies to its sides.

A sound in the centre is the same in both channels, so their difference cancels it: the plane at gain 1 of D. Barry,
B. Lawlor, E. Coyle: "Sound source separation: azimuth discrimination and resynthesis", DAFx 2004. Each bin's remainder,
relative to what both channels hold, says how far from the centre it is; a soft window over that distance, as C.
Avendano ("Frequency-domain source identification and manipulation in stereo mixes", WASPAA 2003) lays it over the
panning index, decides how much of it belongs there.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from app.audacitorch import WaveformToWaveformBase
from endpoints.bundled import BundledModel
from endpoints.bundled.effect_examples import stereo_mix
from endpoints.bundled.stft import Stft

SAMPLE_RATE = 44100


class CentreExtraction(nn.Module):
    """Stereo sound at 44.1 kHz to its centre and its sides, which sum to it."""

    def __init__(self) -> None:
        super().__init__()
        self.stft = Stft(
            window=4200, hop=1050
        )  # 95 ms; 42 frames a second, so that chunks of whole seconds share a grid
        self.width = 0.5  # distance at which a bin holds no centre; a source panned hard is at 1
        self.tiny = 1e-30  # keeps 0 / 0 away in silence; far below any 24-bit sound

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(1 or 2, samples)` to `(4, samples)`: centre left, centre right, sides left, sides right."""
        stereo = x.expand(2, -1)
        spectra = self.stft(stereo)
        left, right = spectra[0], spectra[1]
        distance = (left - right).abs() / (left.abs() + right.abs() + self.tiny)
        share = (1.0 - distance / self.width).clamp_min(0.0)
        middle = 0.5 * share * (left + right)
        centre = self.stft.inverse(middle.unsqueeze(0), x.shape[1]).expand(2, -1)
        return torch.cat([centre, stereo - centre])


class CentreExtractionModel(WaveformToWaveformBase):
    """The model in the format's clothes."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(1 or 2, samples)` to `(4, samples)`: centre left, centre right, sides left, sides right."""
        rows: torch.Tensor = self.model(x)
        return rows


MODEL = BundledModel(
    id="harpist/centre-extraction",
    build=lambda: CentreExtractionModel(CentreExtraction()),
    metadata={
        "name": "Centre Extraction",
        "author": "Harpist",
        "sample_rate": SAMPLE_RATE,
        "domain_tags": ["music"],
        "short_description": "Splits a stereo mix into its centre and its sides.",
        "long_description": (
            "Two stereo stems that sum to the mix: what sits in the middle (mostly lead voice, bass, kick, snare) and "
            "what is panned or wide. Follows Barry et al. 2004 (ADRess) with the soft window of Avendano 2003. A mono "
            "file is all centre."
        ),
        "tags": ["music", "stereo", "vocals", "separation"],
        "labels": ["centre", "sides"],
        "effect_type": "waveform-to-waveform",
        "multichannel": True,
    },
    paper=(
        "D. Barry, B. Lawlor, E. Coyle: Sound source separation: azimuth discrimination and resynthesis, DAFx 2004; "
        "C. Avendano: Frequency-domain source identification and manipulation in stereo mixes, WASPAA 2003"
    ),
    example=stereo_mix,
)
