"""Beats and downbeats of a sound: strokes, what they speak for, and the bar pointer's way through them."""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from endpoints.bundled.bar_pointer import follow_bars, previous_in_bar
from endpoints.bundled.beat_activation import BeatActivation
from endpoints.bundled.beat_evidence import BeatEvidence

BARS = ("auto", "2", "3", "4", "5", "6", "7")
TEMPOS = ("as found", "half", "double")


class BeatTracking(nn.Module):
    """Mono sound to beats, and which of them begin a bar."""

    def __init__(self, rate: int) -> None:
        super().__init__()
        self.activation = BeatActivation(rate)
        self.evidence = BeatEvidence()
        self.shortest = 2.0  # seconds that a sound must last to have a beat
        self.fewest = 4
        self.inertia = 30.0  # of the tempo: Krebs et al. have 100 for dance music
        self.clear = 2.4  # least contrast; noise has up to 2.2
        self.late = 0.005  # seconds by which a stroke's frame comes after its start

    def contrast(self, strength: torch.Tensor, beats: torch.Tensor) -> float:
        """How many times as strong as the median frame the frames around beats are on average, 6 at most each.

        Args:
            strength: of all frames, shape `(frames,)`.
            beats: frames, shape `(n,)`; the sound's own beginning does not count.

        Returns:
            0 where there is no other beat.
        """
        beats = beats[beats > 10]
        if beats.shape[0] == 0:
            return 0.0
        near = torch.nn.functional.max_pool1d(strength.view(1, 1, -1), 7, 1, 3).view(-1)[beats]
        usual = strength.median().clamp_min(1e-6)
        return float((near / usual).clamp_max(6.0).mean())

    def forward(
        self, x: torch.Tensor, lowest: float, highest: float, tempo: str, beats_per_bar: str
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Find the beats of a mono signal.

        Args:
            x: shape `(samples,)`.
            lowest: the slowest tempo that is looked for, 30 to 300 beats a minute.
            highest: the fastest, likewise.
            tempo: one of :data:`TEMPOS`: every second of the beats found, or twice as many.
            beats_per_bar: one of :data:`BARS`; ``"auto"`` is 3 or 4.

        Returns:
            Seconds, ascending, float32, and whether a bar begins there, bool, both of shape `(n,)` and on the CPU;
            empty where there is no rhythm.
        """
        count = x.shape[0] // self.activation.hop + 1
        none = torch.zeros(0), torch.zeros(0, dtype=torch.bool)
        if count < 100.0 * self.shortest:
            return none
        found, strokes, strength = self.activation(x)
        places = self.evidence.places(found.cpu(), strokes.cpu(), count)
        slow = min(max(min(lowest, highest), 30.0), 300.0)
        fast = min(max(lowest, highest, 30.0), 300.0)
        shortest = int(6000.0 / fast)
        lengths = torch.arange(shortest, max(int(6000.0 / slow + 0.999), shortest + 1) + 1)
        bars = [4, 3] if beats_per_bar == "auto" else [int(beats_per_bar)]
        frames, kinds = follow_bars(
            self.evidence.on_beat(places, bars),
            self.evidence.between(places, lengths),
            shortest,
            previous_in_bar(bars),
            self.inertia,
        )
        if frames.shape[0] < self.fewest:
            return none
        if self.contrast(strength, frames.to(x.device)) < self.clear:
            return none
        first = (kinds == 0) | (kinds == 4) if beats_per_bar == "auto" else kinds == 0
        seconds = (frames.to(torch.float32) / 100.0 - self.late).clamp_min(0.0)
        if tempo == "half":
            return half(seconds, first)
        if tempo == "double":
            return double(seconds, first)
        return seconds, first


def half(seconds: torch.Tensor, first: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Keep every second beat, those on which more bars begin; shapes as :class:`BeatTracking` returns them."""
    kept = 1 if int(first[1::2].sum()) > int(first[::2].sum()) else 0
    return seconds[kept::2], first[kept::2]


def double(seconds: torch.Tensor, first: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Put a beat in the middle between two; shapes as :class:`BeatTracking` returns them."""
    middle = 0.5 * (seconds[1:] + seconds[:-1])
    both, order = torch.sort(torch.cat([seconds, middle]))
    return both, torch.cat([first, torch.zeros_like(first[1:])])[order]
