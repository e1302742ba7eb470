"""Onsets and beats: where notes and strokes begin, and where one would tap a foot.

Onsets: :mod:`endpoints.bundled.onset_detection`. Beats: :mod:`endpoints.bundled.beat_tracking`.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from app.audacitorch import WaveformToLabelsBase
from endpoints.bundled import BundledModel
from endpoints.bundled.beat_tracking import track_beats
from endpoints.bundled.frames import sound_length, without_offset
from endpoints.bundled.labeler_examples import drums
from endpoints.bundled.onset_detection import OnsetDetection

SAMPLE_RATE = 44100
LABELS = ["onset", "beat"]


class OnsetsBeats(nn.Module):
    """Mono sound at 44.1 kHz to onsets (class 0) and beats (class 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.rate = float(SAMPLE_RATE)
        self.mark = 0.05  # seconds that a label lasts
        self.detection = OnsetDetection(SAMPLE_RATE)

    def marks(self, at: torch.Tensor, length: int) -> torch.Tensor:
        """Short stretches that start at moments in time and do not touch each other.

        Args:
            at: seconds, ascending, shape `(n,)`.
            length: of the sound, in samples.

        Returns:
            Shape `(n, 2)`.
        """
        start = at.clamp(0.0, (length - 1) / self.rate)
        following = torch.nn.functional.pad(start[1:] - 0.005, (0, 1), value=length / self.rate)
        return torch.stack([start, torch.minimum(start + self.mark, following)], 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Find onsets and beats of `x`, shape `(channels, samples)`: classes `(n,)` and seconds `(n, 2)`."""
        mono = x.mean(0)
        length = sound_length(mono)
        if length == 0:
            return torch.zeros(0, dtype=torch.long, device=x.device), torch.zeros(0, 2, device=x.device)
        mono = without_offset(mono[:length])
        flux = self.detection.flux(mono)
        onsets = self.detection(mono, flux)
        # The flux peaks as a stroke enters the window, some 10 ms before its centre.
        beats = (track_beats(flux).to(onsets.device) * 2.0 + 0.5) * self.detection.hop / self.rate + 0.01
        if beats.shape[0] > 0 and onsets.shape[0] > 0:
            distance, nearest = (beats.unsqueeze(1) - onsets).abs().min(dim=1)
            beats = torch.where(distance < 0.04, onsets[nearest], beats)
        labels = torch.cat([torch.zeros_like(onsets), torch.ones_like(beats)]).to(torch.long)
        seconds = torch.cat([self.marks(onsets, length), self.marks(beats, length)])
        order = torch.argsort(seconds[:, 0], stable=True)
        return labels[order], seconds[order]


class OnsetsBeatsModel(WaveformToLabelsBase):
    """The model in the format's clothes."""

    def do_forward_pass(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Find onsets and beats of `x`, shape `(channels, samples)`: classes `(n,)` and seconds `(n, 2)`."""
        labels, seconds = self.model(x)
        return labels, seconds


MODEL = BundledModel(
    id="harpist/onsets-beats",
    build=lambda: OnsetsBeatsModel(OnsetsBeats()),
    metadata={
        "name": "Onsets and Beats",
        "author": "Harpist",
        "sample_rate": SAMPLE_RATE,
        "domain_tags": ["music"],
        "short_description": "Marks where notes begin, and the beat.",
        "long_description": (
            "Labels the onsets of notes and strokes, and the beats where the rhythm is steady enough to tap along. "
            "Strings and choirs that swell slowly are missed. "
            "Onsets follow SuperFlux (Böck and Widmer 2013); beats follow Ellis 2007 (dynamic programming)."
        ),
        "tags": ["onset", "beat", "rhythm", "tempo"],
        "labels": LABELS,
        "effect_type": "waveform-to-labels",
        "multichannel": False,
    },
    paper=(
        "S. Böck, G. Widmer: Maximum filter vibrato suppression for onset detection, DAFx 2013; D. P. W. Ellis: Beat "
        "tracking by dynamic programming, Journal of New Music Research 36(1), 2007"
    ),
    example=drums,
)
