"""Beats and downbeats of a sound: strokes, what they speak for, and the bar pointer's way through them."""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from endpoints.bundled.bar_pointer import follow_bars, previous_in_bar
from endpoints.bundled.beat_activation import BeatActivation
from endpoints.bundled.beat_evidence import BeatEvidence
from endpoints.bundled.beat_network import BeatOdds

BARS = ("auto", "2", "3", "4", "5", "6", "7")
TEMPOS = ("as found", "half", "double")


class BeatTracking(nn.Module):
    """Mono sound to beats, and which of them begin a bar."""

    def __init__(self, rate: int) -> None:
        super().__init__()
        self.activation = BeatActivation(rate)
        self.evidence = BeatEvidence()
        self.odds = BeatOdds()
        self.shortest = 2.0  # seconds that a sound must last to have a beat
        self.fewest = 4
        self.inertia = 30.0  # of the tempo: Krebs et al. have 100 for dance music
        self.stretch = 1200  # frames
        self.regular, self.regular_short = 0.115, 0.7  # least regularity, and that more divided by the sound's seconds
        self.likely_regular = 0.27  # the same of how likely beats are
        self.late = 0.005  # seconds by which a stroke's frame comes after its start

    def regularity(self, found: torch.Tensor, strokes: torch.Tensor, count: int) -> float:
        """How much the strokes of a sound repeat themselves.

        Args:
            found: frames of the strokes, shape `(n,)`.
            strokes: their strengths, shape `(n, 5)`.
            count: how many frames there are.

        Returns:
            As :meth:`repetition`.
        """
        row = torch.zeros(count, 5)
        row[found] = torch.log1p(strokes)
        return self.repetition(torch.nn.functional.conv1d(row.t().unsqueeze(1), self.evidence.spread, padding=3)[:, 0])

    def repetition(self, rows: torch.Tensor) -> float:
        """How much something repeats itself in steps of 0.27 to 1.3 s: its autocorrelation.

        Each row is correlated with itself, at one to four steps: what has no rhythm repeats by chance in one of them or
        once, seldom in all and again.

        Args:
            rows: at each frame, shape `(n, frames)`.

        Returns:
            Mean over stretches of 12 s of the best step's mean autocorrelation; 1 for what repeats exactly.
        """
        count = rows.shape[1]
        steps = torch.arange(27, 131)
        found_most: list[float] = []
        for start in range(0, max(1, count - self.stretch // 2), self.stretch // 3):
            part = rows[:, start : start + self.stretch]
            part = part - part.mean(1, keepdim=True)
            size = part.shape[1]
            power = torch.fft.rfft(part, 2 * self.stretch).abs().square().sum(0)
            alike = torch.fft.irfft(power)[:size]
            fair = size / (size - torch.arange(size)).clamp_min(50).to(torch.float32)
            alike = torch.nn.functional.pad(alike * fair / alike[0].clamp_min(1e-6), (0, 4 * steps.shape[0] + 120))
            # A step may be half a frame off.
            wide = torch.nn.functional.max_pool1d(alike.view(1, 1, -1), 3, 1, 1).view(-1)
            wider = torch.nn.functional.max_pool1d(alike.view(1, 1, -1), 5, 1, 2).view(-1)
            again = alike[steps] + wide[2 * steps] + wide[3 * steps] + wider[4 * steps]
            found_most.append(0.25 * float(again.max()))
        return sum(found_most) / len(found_most)

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
        if x.shape[0] // self.activation.hop + 1 < 100.0 * self.shortest:
            return torch.zeros(0), torch.zeros(0, dtype=torch.bool)
        found, strokes, whole = self.activation(x)
        seconds, first = self.follow(found.cpu(), strokes.cpu(), whole.cpu(), lowest, highest, beats_per_bar)
        if tempo == "half":
            return half(seconds, first)
        if tempo == "double":
            return double(seconds, first)
        return seconds, first

    def follow(
        self,
        found: torch.Tensor,
        strokes: torch.Tensor,
        whole: torch.Tensor,
        lowest: float,
        highest: float,
        beats_per_bar: str,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Find the beats among strokes, as the activation returns them; the rest is as of :meth:`forward`."""
        count = whole.shape[0]
        none = torch.zeros(0), torch.zeros(0, dtype=torch.bool)
        classes = self.odds.network(found, strokes, whole)
        more = 100.0 * self.regular_short / count
        regular = self.regularity(found, strokes[:, :5], count) >= self.regular + more
        # Soft notes have strokes anywhere; the network may have heard beats among them all the same.
        if not regular and self.repetition(1.0 - classes[:1].exp()) < self.likely_regular + more:
            return none
        places = self.evidence.places(found, strokes, count)
        slow = min(max(min(lowest, highest), 30.0), 300.0)
        fast = min(max(lowest, highest, 30.0), 300.0)
        shortest = int(6000.0 / fast)
        lengths = torch.arange(shortest, max(int(6000.0 / slow + 0.999), shortest + 1) + 1)
        bars = [4, 3] if beats_per_bar == "auto" else [int(beats_per_bar)]
        frames, kinds = follow_bars(
            self.evidence.on_beat(places, bars) + self.odds(classes, bars),
            self.evidence.between(places, lengths),
            shortest,
            previous_in_bar(bars),
            self.inertia,
        )
        if frames.shape[0] < self.fewest:
            return none
        first = (kinds == 0) | (kinds == 4) if beats_per_bar == "auto" else kinds == 0
        return (frames.to(torch.float32) / 100.0 - self.late).clamp_min(0.0), first


def half(seconds: torch.Tensor, first: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Keep every second beat, those on which more bars begin; shapes as :class:`BeatTracking` returns them."""
    kept = 1 if int(first[1::2].sum()) > int(first[::2].sum()) else 0
    return seconds[kept::2], first[kept::2]


def double(seconds: torch.Tensor, first: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Put a beat in the middle between two; shapes as :class:`BeatTracking` returns them."""
    middle = 0.5 * (seconds[1:] + seconds[:-1])
    both, order = torch.sort(torch.cat([seconds, middle]))
    return both, torch.cat([first, torch.zeros_like(first[1:])])[order]
