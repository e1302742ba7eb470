"""Chords: the major and minor triads of the music, by name.

Spectral peaks are folded into twelve pitch classes (T. Fujishima: "Realtime chord recognition of musical sound", ICMC
1999; the peak-wise folding with tuning: E. Gómez: "Tonal description of polyphonic audio for music content processing",
INFORMS Journal on Computing 18(3), 2006), compared with templates of the 24 triads that include a few overtones, and
smoothed by a hidden Markov model (M. Müller: "Fundamentals of Music Processing", Springer 2015, chapter 5).
"""

import math

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from app.audacitorch import WaveformToLabelsBase
from endpoints.bundled import BundledModel
from endpoints.bundled.attacks import levels, nearest_attack
from endpoints.bundled.frames import magnitudes, sound_length, without_offset
from endpoints.bundled.labeler_examples import progression
from endpoints.bundled.segments import led_by, run_means, runs
from endpoints.bundled.viterbi import viterbi

SAMPLE_RATE = 22050
ROOTS = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
LABELS = [*ROOTS, *(f"{root}m" for root in ROOTS), "N"]
"""Twelve major chords, twelve minor ones, and sound that is no chord."""


def triad_templates(overtones: int = 5, decay: float = 0.6) -> torch.Tensor:
    """Pitch class profiles of the 24 triads, each of zero mean and unit length: shape `(24, 12)`."""
    templates = torch.zeros(24, 12)
    for chord in range(24):
        third = 4 if chord < 12 else 3
        for interval in (0, third, 7):
            for overtone in range(1, overtones + 1):
                pitch_class = (chord + interval + round(12 * math.log2(overtone))) % 12
                templates[chord, pitch_class] += decay ** (overtone - 1)
    templates -= templates.mean(1, keepdim=True)
    return torch.nn.functional.normalize(templates, dim=1)


class Chords(nn.Module):
    """Mono sound at 22050 Hz to chords."""

    window: torch.Tensor
    templates: torch.Tensor
    log_transition: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.hop = 1024
        self.size = 8192
        self.rate = float(SAMPLE_RATE)
        self.lowest, self.highest = 55.0, 2000.0  # Hz
        self.sharpness = 12.0  # from correlation to log-likelihood
        self.none = 0.65  # correlation below which there is no chord
        self.shortest = 6  # frames, 0.28 s
        self.register_buffer("window", torch.hann_window(self.size))
        self.register_buffer("templates", triad_templates())
        stay = 0.95
        transition = torch.full((25, 25), (1.0 - stay) / 24.0)
        transition.fill_diagonal_(stay)
        self.register_buffer("log_transition", transition.log())

    def chroma(self, spectra: torch.Tensor) -> torch.Tensor:
        """Fold the peaks of each spectrum into pitch classes, after finding how the music is tuned.

        Args:
            spectra: magnitudes, shape `(frames, bins)`.

        Returns:
            Shape `(frames, 12)`.
        """
        low = int(self.lowest * self.size / self.rate)
        high = int(self.highest * self.size / self.rate)
        at, left, right = spectra[:, low:high], spectra[:, low - 1 : high - 1], spectra[:, low + 1 : high + 1]
        loudest = spectra.max(dim=1, keepdim=True)[0]
        is_peak = (at > left) & (at >= right) & (at > 0.01 * loudest) & (at > 1e-5)
        a, b, c = at.clamp_min(1e-9).log(), left.clamp_min(1e-9).log(), right.clamp_min(1e-9).log()
        offset = (0.5 * (b - c) / (b - 2.0 * a + c).clamp_max(-1e-6)).clamp(-0.5, 0.5)
        bins = torch.arange(low, high, device=spectra.device, dtype=torch.float32) + offset
        pitch = 69.0 + 12.0 * torch.log2(bins * self.rate / self.size / 440.0)
        weight = torch.where(is_peak, at.sqrt(), torch.zeros_like(at))  # the root: soft notes count too

        angle = 2.0 * math.pi * pitch
        tuning = torch.atan2((weight * angle.sin()).sum(), (weight * angle.cos()).sum()) / (2.0 * math.pi)
        pitch = pitch - tuning
        nearest = pitch.round()
        weight = weight * torch.cos(math.pi * (pitch - nearest)) ** 2  # between two semitones: of no use
        chroma = torch.zeros(spectra.shape[0], 12, device=spectra.device)
        chroma.scatter_add_(1, nearest.to(torch.long).remainder(12), weight)
        return chroma

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Find the chords of `x`, shape `(channels, samples)`: probabilities `(n, 25)` and seconds `(n, 2)`."""
        mono = x.mean(0)
        length = sound_length(mono)
        if length == 0:
            return torch.zeros(0, 25, device=x.device), torch.zeros(0, 2, device=x.device)
        mono = without_offset(mono[:length])
        spectra = magnitudes(mono, self.window, self.hop)
        chroma = self.chroma(spectra)
        centred = chroma - chroma.mean(1, keepdim=True)
        fit = torch.nn.functional.normalize(centred, dim=1) @ self.templates.t()
        fit = torch.cat([fit, torch.full_like(fit[:, :1], self.none)], 1)
        states = viterbi(self.sharpness * fit, self.log_transition)
        level = levels(mono, 2 * self.hop, self.hop)
        states = torch.where(level > 1e-4, states, torch.full_like(states, -1))

        first, end, state = runs(states)
        kept = (state >= 0) & (end - first >= self.shortest)
        first, end, state = first[kept], end[kept], state[kept]
        probabilities = led_by(run_means(torch.softmax(self.sharpness * fit, 1), first, end), state)
        # Half of the window hears the next chord already: chords change where they are struck.
        follows = torch.nn.functional.pad(first[1:] == end[:-1], (0, 1), value=False)
        first = nearest_attack(first, level, 2, 3)
        end = torch.where(follows, torch.roll(first, -1), end)
        seconds = torch.stack([first * self.hop - 0.5 * self.hop, end * self.hop - 0.5 * self.hop], 1)
        return probabilities, (seconds.clamp(0.0, float(length)) / self.rate)


class ChordsModel(WaveformToLabelsBase):
    """The model in the format's clothes."""

    def do_forward_pass(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Find the chords of `x`, shape `(channels, samples)`: probabilities `(n, 25)` and seconds `(n, 2)`."""
        labels, seconds = self.model(x)
        return labels, seconds


MODEL = BundledModel(
    id="harpist/chords",
    build=lambda: ChordsModel(Chords()),
    metadata={
        "name": "Chords",
        "author": "Harpist",
        "sample_rate": SAMPLE_RATE,
        "domain_tags": ["music"],
        "short_description": "Names the major and minor chords of a piece.",
        "long_description": (
            "Labels the chords of polyphonic music: the 24 major and minor triads, and N for sound that is no chord. "
            "Sevenths appear as their triad. Follows Fujishima 1999 (chroma templates), Gómez 2006 and Müller 2015 "
            "(hidden Markov model)."
        ),
        "tags": ["chords", "harmony", "chroma"],
        "labels": LABELS,
        "effect_type": "waveform-to-labels",
        "multichannel": False,
    },
    paper=(
        "T. Fujishima: Realtime chord recognition of musical sound, ICMC 1999; E. Gómez: Tonal description of "
        "polyphonic audio for music content processing, INFORMS Journal on Computing 18(3), 2006; M. Müller: "
        "Fundamentals of Music Processing, Springer 2015"
    ),
    example=progression,
)
