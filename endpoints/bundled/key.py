"""The key and the tempo of music, and where they change.

Both are looked for around each second; a hidden Markov model that rather stays than changes makes stretches of them.
See :mod:`key_fit`, :mod:`key_chords` and :mod:`tempo_fit` for the methods.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from app.audacitorch import WaveformToLabelsBase
from endpoints.bundled import BundledModel
from endpoints.bundled.attacks import levels
from endpoints.bundled.frames import sound_length, without_offset
from endpoints.bundled.halving import Halving
from endpoints.bundled.key_chords import KeyChords
from endpoints.bundled.key_fit import KEYS, KeyFit
from endpoints.bundled.labeler_examples import cadence
from endpoints.bundled.note_strengths import SAMPLE_RATE as NOTES_RATE
from endpoints.bundled.note_strengths import NoteStrengths
from endpoints.bundled.segments import led_by, run_means, runs
from endpoints.bundled.tempo_fit import FASTEST, SLOWEST, TempoFit
from endpoints.bundled.viterbi import viterbi

SAMPLE_RATE = 2 * NOTES_RATE  # beats are told by hi-hats, too
LABELS = [*KEYS, *(f"{tempo} BPM" for tempo in range(SLOWEST, FASTEST + 1))]
"""The keys, and each whole number of beats a minute: a label is one of a list, so that numbers are names here."""


class Key(nn.Module):
    """Mono sound at 44.1 kHz to its keys and tempi."""

    def __init__(self) -> None:
        super().__init__()
        self.rate, self.notes_rate = float(SAMPLE_RATE), float(NOTES_RATE)
        self.halving = Halving()
        self.notes = NoteStrengths()
        self.key_fit = KeyFit()
        self.key_chords = KeyChords()
        # Beside the notes' correlation: benchmarks.key_chords finds 0.90 and 0.07, of stretches that begin with any
        # bar. What somebody selects begins with a phrase more often, and a phrase with the tonic.
        self.chords_count, self.first_counts = 0.9, 0.1
        self.tempo_fit = TempoFit(SAMPLE_RATE)
        self.classes = len(LABELS)
        self.keys = len(KEYS)
        self.shortest = 4  # seconds; a shorter stretch is called by none

    def stretches(
        self, fit: torch.Tensor, known: torch.Tensor, sharpness: float, change: float
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Make stretches of one class.

        Args:
            fit: of each class around each second, shape `(seconds, classes)`.
            known: where there is anything, bool, shape `(seconds,)`.
            sharpness: from fit to log-likelihood, for the confidence.
            change: how much in fit, summed over seconds, a change must bring.

        Returns:
            First second and end of each stretch, shape `(n,)`, int64; probabilities, shape `(n, classes)`.
        """
        stay = torch.eye(fit.shape[1], device=fit.device)
        states = viterbi(torch.where(known.unsqueeze(1), fit, torch.zeros_like(fit)), -change * (1.0 - stay))
        first, end, state = runs(torch.where(known, states, torch.full_like(states, -1)))
        least = self.shortest if fit.shape[0] >= 2 * self.shortest else 1
        kept = (state >= 0) & (end - first >= least)
        first, end, state = first[kept], end[kept], state[kept]
        likely = torch.softmax(sharpness * run_means(fit, first, end), 1)
        return first, end, led_by(likely, state)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Find keys and tempi of `x`, shape `(channels, samples)`: probabilities `(n, 225)` and seconds `(n, 2)`."""
        mono = x.mean(0)
        length = sound_length(mono)
        if length == 0:
            return torch.zeros(0, self.classes, device=x.device), torch.zeros(0, 2, device=x.device)
        mono = without_offset(mono[:length])
        count = int(length / self.rate) + 1
        half = self.halving(mono)
        strengths = self.notes(half)
        level = levels(half, 2 * self.notes.hop, self.notes.hop)
        second = (torch.arange(level.shape[0], device=x.device) * self.notes.hop / self.notes_rate).to(torch.long)
        second = second.clamp_max(count - 1)
        loud = torch.zeros(count, device=x.device).index_add_(0, second, (level > 1e-4).to(torch.float32)) > 0.0
        strengths = torch.where((level > 1e-4).unsqueeze(1), strengths, torch.zeros_like(strengths))

        keys, tonal = self.key_fit(strengths, second, count)
        chords, opening = self.key_chords(strengths, second, count)
        keys = keys + self.chords_count * chords
        tempi = self.tempo_fit(mono, count)
        key_first, key_end, _ = self.stretches(keys, loud & tonal, 20.0, 6.0)
        if key_first.shape[0] > 0:  # what a sound begins with speaks for as long as its first key lasts
            start, stop = int(key_first[0]), int(key_end[0])
            keys[start:stop] += self.first_counts * opening[start]
        key_first, key_end, key = self.stretches(keys, loud & tonal, 20.0, 6.0)
        tempo_first, tempo_end, tempo = self.stretches(tempi, loud & (tempi.max(dim=1)[0] > 0.0), 60.0, 2.0)
        probabilities = torch.cat(
            [
                torch.nn.functional.pad(key, (0, self.classes - self.keys)),
                torch.nn.functional.pad(tempo, (self.keys, 0)),
            ]
        )
        first, end = torch.cat([key_first, tempo_first]), torch.cat([key_end, tempo_end])
        order = torch.argsort(first, stable=True)
        seconds = torch.stack([first, end], 1)[order].to(torch.float32).clamp(max=float(length) / self.rate)
        return probabilities[order], seconds


class KeyModel(WaveformToLabelsBase):
    """The model in the format's clothes."""

    def do_forward_pass(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Find keys and tempi of `x`, shape `(channels, samples)`: probabilities `(n, 225)` and seconds `(n, 2)`."""
        labels, seconds = self.model(x)
        return labels, seconds


MODEL = BundledModel(
    id="harpist/key",
    build=lambda: KeyModel(Key()),
    metadata={
        "name": "Key and Tempo",
        "author": "Harpist",
        "sample_rate": SAMPLE_RATE,
        "domain_tags": ["music"],
        "short_description": "Names the key and the tempo of a region.",
        "long_description": (
            "Labels the key (major or minor) and the tempo in whole beats a minute, and where they change. Often wrong "
            "by the relative key (G major for E minor), or by half or twice the tempo. Krumhansl 1990 (notes), "
            "Burgoyne and others 2011 (chords), Krebs, Böck and Widmer 2015 (tempo)."
        ),
        "tags": ["key", "tempo", "bpm", "harmony"],
        "labels": LABELS,
        "effect_type": "waveform-to-labels",
        "multichannel": False,
    },
    paper=(
        "C. L. Krumhansl: Cognitive Foundations of Musical Pitch, Oxford 1990; J. Albrecht, D. Shanahan: The use of "
        "large corpora to train a new type of key-finding algorithm, Music Perception 31(1), 2013; F. Krebs, S. Böck, "
        "G. Widmer: An efficient state-space model for joint tempo and meter tracking, ISMIR 2015; J. A. Burgoyne, "
        "J. Wild, I. Fujinaga: An expert ground truth set for audio chord recognition and music analysis, ISMIR 2011; "
        "M. Mauch, S. Dixon: Approximate note transcription for the improved identification of difficult chords, "
        "ISMIR 2010"
    ),
    example=cadence,
)
