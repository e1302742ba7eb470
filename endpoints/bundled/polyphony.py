"""Stretches in which several notes sound at once: one note's partials leave much of the sound unexplained.

The strongest note is found by the weighted sum of its partials, taken away, and the strongest of the rest held against
it: the first two rounds of A. Klapuri: "Multiple fundamental frequency estimation by summing harmonic amplitudes",
ISMIR 2006 (with its weights, on square roots of spectral peaks in place of a whitened spectrum).
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from endpoints.bundled.frames import magnitudes
from endpoints.bundled.partials import partial_bins, with_neighbours
from endpoints.bundled.segments import run_means, runs


class Polyphony(nn.Module):
    """Mono sound to stretches of several notes at once."""

    window: torch.Tensor
    bins: torch.Tensor
    weights: torch.Tensor
    explained: torch.Tensor

    def __init__(self, rate: int) -> None:
        super().__init__()
        self.rate = float(rate)
        self.size, self.hop = 2048, 1024  # 93 ms, 46 ms at 22050 Hz
        self.faint = 0.01  # of the loudest peak of a frame: what is softer is none
        self.prominence = 3.0  # times the geometric mean of the bins around; noise has few peaks as high
        self.quiet = 1e-3  # power beside the loudest of the 4 s around
        self.second = 0.34  # a second note has so much of the first one's salience
        self.around = 87  # frames, 4 s: more than the few notes that fade into each other there
        self.share = 0.5  # of those frames
        self.shortest = 32  # frames, 1.5 s
        notes = torch.arange(28, 109)
        hertz = 440.0 * 2.0 ** ((notes - 69) / 12.0)
        self.register_buffer("window", torch.hann_window(self.size))
        self.register_buffer("bins", partial_bins(notes, rate, self.size, 10, 5000.0))
        number = torch.arange(1, 11)
        self.register_buffer("weights", (hertz.unsqueeze(1) + 52.0) / (hertz.unsqueeze(1) * number + 320.0))
        partial = hertz.view(-1, 1, 1) * torch.arange(1, 21).view(-1, 1) * self.size / rate
        distance = (torch.arange(self.size // 2 + 1) - partial).abs()
        near = torch.maximum(torch.tensor(2.2), 0.025 * partial)  # the main lobe, or half a semitone of vibrato
        self.register_buffer("explained", (distance <= near).any(1))

    def salience(self, peaks: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the greatest weighted sum of partials in each frame, and of which note: shape `(frames,)`."""
        strongest, note = (with_neighbours(peaks)[:, self.bins] * self.weights).sum(2).max(dim=1)
        return strongest, note

    def second_note(self, spectra: torch.Tensor) -> torch.Tensor:
        """How salient a second note is beside the first.

        Args:
            spectra: magnitudes, shape `(frames, size // 2 + 1)`.

        Returns:
            0 to 1, shape `(frames,)`.
        """
        highest = torch.nn.functional.max_pool1d(spectra.unsqueeze(0), 3, 1, 1)[0]
        logs = torch.nn.functional.pad(spectra.clamp_min(1e-9).log(), (15, 15), mode="replicate")
        # The greatest of the means nearby: beside the edge of a band, half of the bins are empty.
        floor = torch.nn.functional.avg_pool1d(logs.unsqueeze(0), 31, 1)
        floor = torch.nn.functional.max_pool1d(floor, 31, 1, 15)[0].exp()
        is_peak = (spectra >= highest) & (spectra > self.prominence * floor)
        is_peak = is_peak & (spectra > self.faint * spectra.max(dim=1, keepdim=True)[0])
        peaks = torch.where(is_peak, spectra, torch.zeros_like(spectra)).sqrt()
        first, note = self.salience(peaks)
        rest, _ = self.salience(torch.where(self.explained[note], torch.zeros_like(peaks), peaks))
        return (rest / first.clamp_min(1e-9)).clamp_max(1.0)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Find the stretches.

        Args:
            x: mono signal, shape `(samples,)`.

        Returns:
            Start and end in seconds, shape `(n, 2)`; and the share of its frames in which a second note is heard, 0 to
            1, shape `(n,)`.
        """
        spectra = magnitudes(x, self.window, self.hop)
        second = torch.cat([self.second_note(spectra[i : i + 256]) for i in range(0, spectra.shape[0], 256)])
        power = spectra.pow(2).sum(1)
        half = self.around // 2
        loudest = torch.nn.functional.max_pool1d(power.view(1, 1, -1), self.around, 1, half).view(-1)
        sounds = (power > self.quiet * loudest) & (power > 1e-9)
        several = ((second > self.second) & sounds).to(torch.float32)
        both = torch.stack([several, sounds.to(torch.float32)]).unsqueeze(0)
        near = torch.nn.functional.avg_pool1d(both, self.around, 1, half)[0]
        states = (sounds & (near[0] > self.share * near[1])).to(torch.long)
        first, end, state = runs(states)
        kept = (state == 1) & (end - first >= self.shortest)
        first, end = first[kept], end[kept]
        seconds = torch.stack([first, end], 1) * self.hop / self.rate
        return seconds.clamp_max(x.shape[0] / self.rate), run_means(several, first, end)
