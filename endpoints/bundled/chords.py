"""Chords of music by name: triads, or sevenths and suspended chords too.

The strengths of notes (:mod:`note_strengths`: Mauch and Dixon, ISMIR 2010) are folded into pitch classes, of all notes
and of the bass, and compared with the chords of :mod:`chord_models` (T. Fujishima: "Realtime chord recognition of
musical sound", ICMC 1999). A hidden Markov model that rather stays than changes says when they change (M. Müller:
"Fundamentals of Music Processing", Springer 2015, chapter 5).
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from app.audacitorch import WaveformToLabelsBase
from endpoints.bundled import BundledModel
from endpoints.bundled.attacks import levels, nearest_attack
from endpoints.bundled.chord_models import LABELS, ChordFit, classes
from endpoints.bundled.frames import sound_length, without_offset
from endpoints.bundled.labeler_examples import progression
from endpoints.bundled.note_strengths import SAMPLE_RATE, NoteStrengths
from endpoints.bundled.segments import led_by, run_means, runs
from endpoints.bundled.viterbi import viterbi

TRIADS, EXTENDED = "Major and minor", "With sevenths and sus"
"""The choices of which chords are told apart."""


class Chords(nn.Module):
    """Mono sound at 22050 Hz to chords."""

    log_transition: torch.Tensor
    triads: torch.Tensor
    extended: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.rate = float(SAMPLE_RATE)
        self.notes = NoteStrengths()
        self.fit = ChordFit()
        self.hop = self.notes.hop
        self.kinds = len(LABELS)
        self.sharpness = 40.0  # from fit to log-likelihood: labels are right about as often as their confidence says
        self.shortest = 6  # frames, 0.28 s
        self.register_buffer("triads", classes(extended=False))
        self.register_buffer("extended", classes(extended=True))
        count = self.triads.shape[0]
        # A change must pay: 0.1 better in fit for 25 frames, a little over a second.
        self.register_buffer("log_transition", -2.5 * (1.0 - torch.eye(count)))

    def forward(self, x: torch.Tensor, extended: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """Find the chords of `x`, shape `(channels, samples)`: probabilities `(n, 85)` and seconds `(n, 2)`.

        Args:
            x: sound at 22050 Hz.
            extended: whether sevenths and suspended chords are told from triads.
        """
        mono = x.mean(0)
        length = sound_length(mono)
        if length == 0:
            return torch.zeros(0, self.kinds, device=x.device), torch.zeros(0, 2, device=x.device)
        mono = without_offset(mono[:length])
        named = self.extended if extended else self.triads
        fit = self.fit(self.notes(mono))
        if not extended:
            fit[:, 60:84] = -1.0  # suspended chords, of which no triad would be left
        states = named[viterbi(fit, self.log_transition)]
        level = levels(mono, 2 * self.hop, self.hop)
        states = torch.where(level > 1e-4, states, torch.full_like(states, -1))

        first, end, state = runs(states)
        kept = (state >= 0) & (end - first >= self.shortest)
        first, end, state = first[kept], end[kept], state[kept]
        likely = torch.zeros(fit.shape[0], self.kinds, device=x.device)
        likely.index_add_(1, named, torch.softmax(self.sharpness * fit, 1))
        probabilities = led_by(run_means(likely, first, end), state)
        # Half of the window hears the next chord already: chords change where they are struck.
        follows = torch.nn.functional.pad(first[1:] == end[:-1], (0, 1), value=False)
        first = nearest_attack(first, level, 2, 3)
        end = torch.where(follows, torch.roll(first, -1), end)
        seconds = torch.stack([(first - 0.2) * self.hop, (end - 0.2) * self.hop], 1)
        return probabilities, (seconds.clamp(0.0, float(length)) / self.rate)


class ChordsModel(WaveformToLabelsBase):
    """The model in the format's clothes."""

    def do_forward_pass(self, x: torch.Tensor, chords: str = "Major and minor") -> tuple[torch.Tensor, torch.Tensor]:
        """Find the chords of `x`, shape `(channels, samples)`: probabilities `(n, 85)` and seconds `(n, 2)`.

        Args:
            x: sound at 22050 Hz.
            chords: one of the choices that the metadata list; anything else is taken for the first.
        """
        labels, seconds = self.model(x, chords == "With sevenths and sus")
        return labels, seconds


MODEL = BundledModel(
    id="harpist/chords",
    build=lambda: ChordsModel(Chords()),
    metadata={
        "name": "Chords",
        "author": "Harpist",
        "sample_rate": SAMPLE_RATE,
        "domain_tags": ["music"],
        "short_description": "Names the chords of a piece.",
        "long_description": (
            "Labels the chords of polyphonic music: major and minor, or sevenths and suspended ones too; N is sound "
            "that is no chord. Drums and overtones are taken out first. Follows Mauch and Dixon 2010 (notes by "
            "non-negative least squares) and Müller 2015 (hidden Markov model)."
        ),
        "tags": ["chords", "harmony", "chroma"],
        "labels": LABELS,
        "effect_type": "waveform-to-labels",
        "multichannel": False,
        "controls": [
            {
                "argument": "chords",
                "label": "Chords",
                "help": (
                    "Which chords are told apart. With sevenths and sus: 7, maj7, m7, sus4 and sus2 get names of "
                    "their own, and are more often wrong; otherwise a seventh is called by its triad."
                ),
                "choices": [TRIADS, EXTENDED],
            }
        ],
    },
    paper=(
        "M. Mauch, S. Dixon: Approximate note transcription for the improved identification of difficult chords, "
        "ISMIR 2010; M. Mauch, S. Dixon: Simultaneous estimation of chords and musical context from audio, IEEE "
        "Transactions on Audio, Speech, and Language Processing 18(6), 2010; T. Fujishima: Realtime chord recognition "
        "of musical sound, ICMC 1999; M. Müller: Fundamentals of Music Processing, Springer 2015"
    ),
    example=progression,
)
