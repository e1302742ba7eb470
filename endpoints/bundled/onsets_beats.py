"""Onsets and beats: where notes and strokes begin, and where one would tap a foot.

Onsets: :mod:`endpoints.bundled.onset_detection`. Beats: :mod:`endpoints.bundled.beat_tracking`.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from app.audacitorch import WaveformToLabelsBase
from endpoints.bundled import BundledModel
from endpoints.bundled.beat_tracking import BARS, TEMPOS, BeatTracking
from endpoints.bundled.frames import sound_length, without_offset
from endpoints.bundled.labeler_examples import drums
from endpoints.bundled.onset_detection import OnsetDetection

SAMPLE_RATE = 44100
LABELS = ["onset", "beat", "downbeat"]


class OnsetsBeats(nn.Module):
    """Mono sound at 44.1 kHz to onsets (class 0), beats (class 1) and, again, those that begin a bar (class 2)."""

    def __init__(self) -> None:
        super().__init__()
        self.rate = float(SAMPLE_RATE)
        self.mark = 0.05  # seconds that a label lasts
        self.detection = OnsetDetection(SAMPLE_RATE)
        self.beats = BeatTracking(SAMPLE_RATE)

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

    def forward(
        self, x: torch.Tensor, lowest: float, highest: float, tempo: str, beats_per_bar: str
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Find onsets and beats of `x`, shape `(channels, samples)`: classes `(n,)` and seconds `(n, 2)`.

        The controls are those of :class:`endpoints.bundled.beat_tracking.BeatTracking`.
        """
        mono = x.mean(0)
        length = sound_length(mono)
        if length == 0:
            return torch.zeros(0, dtype=torch.long, device=x.device), torch.zeros(0, 2, device=x.device)
        mono = without_offset(mono[:length])
        onsets = self.detection(mono, self.detection.flux(mono))
        beats, first = self.beats(mono, lowest, highest, tempo, beats_per_bar)
        beats, first = beats.to(onsets.device), first.to(onsets.device)
        if beats.shape[0] > 0 and onsets.shape[0] > 0:
            after = torch.searchsorted(onsets, beats).clamp(1, max(onsets.shape[0] - 1, 1))
            before, after = onsets[after - 1], onsets[after.clamp_max(onsets.shape[0] - 1)]
            nearest = torch.where(beats - before < after - beats, before, after)
            beats = torch.where((beats - nearest).abs() < 0.04, nearest, beats)
        bars = beats[first]
        labels = torch.cat([torch.zeros_like(onsets), torch.ones_like(beats), 2.0 * torch.ones_like(bars)])
        seconds = torch.cat([self.marks(onsets, length), self.marks(beats, length), self.marks(bars, length)])
        order = torch.argsort(seconds[:, 0], stable=True)
        return labels.to(torch.long)[order], seconds[order]


class OnsetsBeatsModel(WaveformToLabelsBase):
    """The model in the format's clothes."""

    def do_forward_pass(
        self,
        x: torch.Tensor,
        lowest: float = 55.0,
        highest: float = 215.0,
        tempo: str = "as found",
        beats_per_bar: str = "auto",
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Find onsets and beats of `x`, shape `(channels, samples)`: classes `(n,)` and seconds `(n, 2)`."""
        labels, seconds = self.model(x, lowest, highest, tempo, beats_per_bar)
        return labels, seconds


MODEL = BundledModel(
    id="harpist/onsets-beats",
    build=lambda: OnsetsBeatsModel(OnsetsBeats()),
    metadata={
        "name": "Onsets and Beats",
        "author": "Harpist",
        "sample_rate": SAMPLE_RATE,
        "domain_tags": ["music"],
        "short_description": "Marks where notes begin, beats and bars.",
        "long_description": (
            "Labels onsets of notes and strokes, beats, and the first beat of each bar; the tempo may change. Slow "
            "strings and choirs have few onsets, some no beats; waltzes may get bars of four. Onsets: SuperFlux; "
            "beats: bar pointer (Krebs, Böck, Widmer 2015) over a small network of ours."
        ),
        "tags": ["onset", "beat", "rhythm", "tempo"],
        "labels": LABELS,
        "effect_type": "waveform-to-labels",
        "multichannel": False,
        "controls": [
            {
                "argument": "lowest",
                "label": "Lowest tempo",
                "help": "No slower beat is looked for. Raise it where beats are found at half the tempo.",
                "unit": "BPM",
                "minimum": 30.0,
                "maximum": 300.0,
                "step": 1.0,
            },
            {
                "argument": "highest",
                "label": "Highest tempo",
                "help": "No faster beat is looked for. Lower it where beats are found at twice the tempo.",
                "unit": "BPM",
                "minimum": 30.0,
                "maximum": 300.0,
                "step": 1.0,
            },
            {
                "argument": "tempo",
                "label": "Half or double",
                "help": "Keep every second of the beats found, or put one more between each two.",
                "choices": list(TEMPOS),
            },
            {
                "argument": "beats_per_bar",
                "label": "Beats per bar",
                "help": "How many beats a bar has; auto chooses 3 or 4. It moves downbeats, and may move beats.",
                "choices": list(BARS),
            },
        ],
    },
    paper=(
        "S. Böck, G. Widmer: Maximum filter vibrato suppression for onset detection, DAFx 2013; F. Krebs, S. Böck, G. "
        "Widmer: An efficient state-space model for joint tempo and meter tracking, ISMIR 2015; M. E. P. Davies, S. "
        "Böck: Temporal convolutional networks for musical audio beat tracking, EUSIPCO 2019"
    ),
    example=drums,
)
