"""Onsets and beats: where notes and strokes begin, and where one would tap a foot.

Onsets follow S. Böck, G. Widmer: "Maximum filter vibrato suppression for onset detection", DAFx 2013 (SuperFlux), and
are then moved to the steepest rise of the energy nearby. The threshold rises with the median around, as in J. P. Bello
et al.: "A tutorial on onset detection in music signals", IEEE Transactions on Speech and Audio Processing 13(5), 2005,
so that bowed and blown notes count where it is calm, and noise does not. Beats: :mod:`endpoints.bundled.beat_tracking`.
"""

import math

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from app.audacitorch import WaveformToLabelsBase
from endpoints.bundled import BundledModel
from endpoints.bundled.beat_tracking import BARS, TEMPOS, BeatTracking
from endpoints.bundled.frames import centred_frames, full_of_sound, sound_length, without_offset
from endpoints.bundled.labeler_examples import drums

SAMPLE_RATE = 44100
LABELS = ["onset", "beat", "downbeat"]


def semitone_bands(size: int, per_octave: int = 24, lowest: float = 30.0, highest: float = 17000.0) -> torch.Tensor:
    """Triangular bands, equally wide in pitch, for spectra of frames of `size` samples: `(size // 2 + 1, bands)`."""
    count = math.floor(math.log2(highest / lowest) * per_octave) + 1
    centres = sorted({round(lowest * 2 ** (i / per_octave) * size / SAMPLE_RATE) for i in range(count)})
    bins = torch.arange(size // 2 + 1, dtype=torch.float32)
    bands = []
    for low, middle, high in zip(centres[:-2], centres[1:-1], centres[2:], strict=True):
        band = torch.minimum((bins - low) / (middle - low), (high - bins) / (high - middle)).clamp_min(0.0)
        bands.append(band / band.sum())
    return torch.stack(bands, 1)


class OnsetsBeats(nn.Module):
    """Mono sound at 44.1 kHz to onsets (class 0), beats (class 1) and, again, those that begin a bar (class 2)."""

    window: torch.Tensor
    bands: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.rate = float(SAMPLE_RATE)
        self.hop = 220  # 5 ms
        self.size = 2048
        self.threshold = 0.006  # mean growth of the logarithmic spectrum
        self.noisier, self.clearly_noisier = 0.9, 1.5  # times the median around, which is that of the noise
        self.mark = 0.05  # seconds that a label lasts
        self.register_buffer("window", torch.hann_window(self.size))
        self.register_buffer("bands", semitone_bands(self.size))
        self.beats = BeatTracking(SAMPLE_RATE)

    def flux(self, x: torch.Tensor) -> torch.Tensor:
        """SuperFlux: how much the spectrum grows, a note's wavering apart.

        Args:
            x: mono signal, shape `(samples,)`.

        Returns:
            Shape `(frames,)`, one value each 5 ms.
        """
        gain = 512.0 / x.abs().max().clamp_min(0.01)
        scale = 2.0 / self.window.sum() * gain
        frames = centred_frames(x, self.size, self.hop)
        blocks: list[torch.Tensor] = []
        for start in range(0, frames.shape[0], 1024):
            spectra = torch.fft.rfft(frames[start : start + 1024] * self.window).abs() * scale
            blocks.append(torch.log10(1.0 + spectra @ self.bands))
        spectra = torch.cat(blocks)
        widened = torch.nn.functional.max_pool1d(spectra.unsqueeze(0), 3, 1, 1)[0]
        before = torch.nn.functional.pad(widened, (0, 0, 2, 0))[: spectra.shape[0]]
        return (spectra - before).clamp_min(0.0).mean(1)

    def noise(self, flux: torch.Tensor, heard: torch.Tensor) -> torch.Tensor:
        """Median of the flux over the heard of the 2 s around, to half a second; 0 without any: shape `(frames,)`."""
        step = 100
        flux = torch.where(heard, flux, torch.full_like(flux, float("nan")))
        places = 1 + flux.shape[0] // step
        around = torch.nn.functional.pad(flux, (2 * step, 3 * step), value=float("nan")).unfold(0, 4 * step, step)
        return around[:places].nanmedian(dim=1)[0].nan_to_num(0.0).repeat_interleave(step)[: flux.shape[0]]

    def peaks(self, flux: torch.Tensor, heard: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the frames where the flux peaks, int64, and which of the peaks noise has not, bool: shape `(n,)`."""
        row = flux.view(1, 1, -1)
        highest = torch.nn.functional.max_pool1d(row, 13, 1, 6).view(-1)
        average = torch.nn.functional.avg_pool1d(torch.nn.functional.pad(row, (20, 14)), 35, 1).view(-1)
        above = flux - average - self.threshold
        noise = self.noise(flux, heard)
        frames = torch.nonzero((flux >= highest) & (above > self.noisier * noise)).flatten()
        return frames, (above > self.clearly_noisier * noise)[frames]

    def onsets(self, x: torch.Tensor, flux: torch.Tensor) -> torch.Tensor:
        """Place the peaks of the flux where the energy rises.

        Args:
            x: mono signal, shape `(samples,)`.
            flux: shape `(frames,)`.

        Returns:
            Seconds, ascending, shape `(n,)`.
        """
        heard = full_of_sound(x, self.size, self.hop, flux.shape[0])
        frames, clear = self.peaks(flux, heard)
        if frames.shape[0] == 0:
            return torch.zeros(0, device=x.device)

        step = 44  # 1 ms
        usable = x.shape[0] // step * step
        energy = torch.nn.functional.pad(x, (0, step + usable - x.shape[0])).view(-1, step).pow(2).mean(1)
        total = torch.nn.functional.pad(torch.cumsum(energy.to(torch.float64), 0), (1, 0))
        last = energy.shape[0]
        centre = (frames * self.hop / step).to(torch.long)
        at = (centre.unsqueeze(1) + torch.arange(-12, 40, device=x.device)).clamp(0, last)
        after = (total[(at + 5).clamp_max(last)] - total[at]) / 5.0
        before = (total[at] - total[(at - 10).clamp_min(0)]) / 10.0
        floor = energy.max().to(torch.float64) * 1e-6 + 1e-12
        rise, best = ((after + floor) / (before + floor)).flip(1).max(dim=1)  # of equal rises the last: a click's own
        sharp = at.flip(1).gather(1, best.unsqueeze(1)).squeeze(1).to(torch.float32) * step
        soft = (frames * self.hop + self.size // 4).to(torch.float32)
        place = torch.where(rise > 2.0, sharp, soft)

        # A tone that is cut off splashes over the spectrum: that is an end.
        cell = (place / step).to(torch.long).clamp(0, last)
        later = total[(cell + 20).clamp_max(last)] - total[cell]
        earlier = total[cell] - total[(cell - 20).clamp_min(0)]
        audible = later > 20e-5 * energy.max()  # a mean 50 dB below the loudest millisecond
        seconds = torch.sort(place[(later > 0.5 * earlier) & audible & (clear | (rise > 2.0))] / self.rate)[0]
        if seconds.shape[0] > 1:
            apart = torch.nn.functional.pad(seconds[1:] - seconds[:-1] > 0.02, (1, 0), value=True)
            seconds = seconds[apart]
        return seconds

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
        onsets = self.onsets(mono, self.flux(mono))
        beats, first = self.beats(mono, lowest, highest, tempo, beats_per_bar)
        beats, first = beats.to(onsets.device), first.to(onsets.device)
        if beats.shape[0] > 0 and onsets.shape[0] > 0:
            distance, nearest = (beats.unsqueeze(1) - onsets).abs().min(dim=1)
            beats = torch.where(distance < 0.04, onsets[nearest], beats)
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
            "Labels the onsets of notes and strokes, the beats, and the first beat of each bar, also where the tempo "
            "changes. Onsets follow SuperFlux (Böck and Widmer 2013), beats Krebs, Böck and Widmer 2015. Downbeats of "
            "music without drums are often wrong."
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
        "Widmer: An efficient state-space model for joint tempo and meter tracking, ISMIR 2015"
    ),
    example=drums,
)
