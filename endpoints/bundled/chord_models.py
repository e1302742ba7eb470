"""What chords look like: their names, their tones, and how well each explains what sounds.

Templates are compared with the pitch classes of all notes and, as in M. Mauch, S. Dixon: "Simultaneous estimation of
chords and musical context from audio", IEEE Transactions on Audio, Speech, and Language Processing 18(6), 2010, with
those of the bass by themselves: a bass that leaves the root speaks against a chord only a little.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from endpoints.bundled.note_strengths import NOTES

ROOTS = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
KINDS = ["", "m", "7", "maj7", "m7", "sus4", "sus2", "alone"]
TONES = [(0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 4, 7, 11), (0, 3, 7, 10), (0, 5, 7), (0, 2, 7), (0,)]
"""The kinds of chord, and their tones in semitones above the root; a note alone is no chord, and labelled `N`."""
UNLIKELY = [0.0, 0.0, 0.02, 0.04, 0.0, 0.1, 0.1, 0.2]
"""How much better than a triad each kind must fit."""
LABELS = [
    *ROOTS,
    *(f"{root}m" for root in ROOTS),
    "N",
    *(f"{root}{kind}" for kind in KINDS[2:7] for root in ROOTS),
]
"""Major chords, minor ones, sound that is no chord; then the chords of four tones, and those with a suspended third."""
NO_CHORD = 24
TRIAD = [0, 1, 0, 0, 1]
"""The kind of triad that each of the first five kinds holds."""


def classes(extended: bool) -> torch.Tensor:
    """Which label each state is given, 12 states for each kind and one for no chord: shape `(97,)`, int64."""
    found: list[int] = []
    for kind in range(len(KINDS)):
        for root in range(12):
            if KINDS[kind] == "alone" or (kind >= len(TRIAD) and not extended):
                found.append(NO_CHORD)
            else:
                named = kind if extended else TRIAD[kind]
                found.append(LABELS.index(ROOTS[root] + KINDS[named]))
    return torch.tensor([*found, NO_CHORD])


def templates() -> torch.Tensor:
    """Pitch classes of each state, of unit length: shape `(96, 12)`."""
    found = torch.zeros(len(KINDS) * 12, 12)
    for kind, tones in enumerate(TONES):
        for root in range(12):
            found[12 * kind + root, [(root + tone) % 12 for tone in tones]] = len(tones) ** -0.5
    return found


def bass_templates() -> torch.Tensor:
    """How welcome each pitch class is in the bass of each state, 1 for the root: shape `(96, 12)`."""
    found = torch.zeros(len(KINDS) * 12, 12)
    for kind, tones in enumerate(TONES):
        for root in range(12):
            found[12 * kind + root, [(root + tone) % 12 for tone in tones[1:3]]] = 0.4
            found[12 * kind + root, root] = 1.0
    return found


def between(places: list[float], values: list[float]) -> torch.Tensor:
    """Straight lines through points, looked up at each note: shape `(73,)`."""
    note = torch.arange(NOTES, dtype=torch.float32)
    found = torch.full((NOTES,), values[0])
    for i in range(1, len(places)):
        share = ((note - places[i - 1]) / (places[i] - places[i - 1])).clamp(0.0, 1.0)
        found = found + share * (values[i] - values[i - 1])
    return found


class ChordFit(nn.Module):
    """Strengths of notes to how well each chord fits, about 0.7 for noise and 1 for a plain triad."""

    templates: torch.Tensor
    bass_templates: torch.Tensor
    unlikely: torch.Tensor
    treble: torch.Tensor
    bass: torch.Tensor
    smoothing: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.compression = 0.65  # the exponent of strengths: soft notes count too
        self.bass_weight = 0.2
        self.none = 0.7  # as well as this, "no chord" fits
        self.register_buffer("templates", templates())
        self.register_buffer("bass_templates", bass_templates())
        self.register_buffer("unlikely", torch.tensor(UNLIKELY).repeat_interleave(12))
        pitch_class = torch.nn.functional.one_hot(torch.arange(NOTES) % 12, 12).to(torch.float32)
        # From C1 up in notes: all count from D3 to G#4, those above and below less; the bass ends at E3.
        treble = between([14.0, 26.0, 44.0, 60.0], [0.0, 1.0, 1.0, 0.3])
        bass = between([2.0, 6.0, 16.0, 28.0], [0.5, 1.0, 1.0, 0.0])
        self.register_buffer("treble", treble.unsqueeze(1) * pitch_class)
        self.register_buffer("bass", bass.unsqueeze(1) * pitch_class)
        smoothing = torch.hann_window(15, periodic=False)[1:-1]  # 0.3 s wide at half its height
        self.register_buffer("smoothing", (smoothing / smoothing.sum()).repeat(12, 1, 1))

    def smoothed(self, chroma: torch.Tensor) -> torch.Tensor:
        """Average pitch classes, shape `(frames, 12)`, over the time around."""
        rows = torch.nn.functional.conv1d(chroma.t().unsqueeze(0), self.smoothing, padding=6, groups=12)
        return rows[0].t()

    def forward(self, strengths: torch.Tensor) -> torch.Tensor:
        """Map strengths of notes, shape `(frames, 73)`, to fits, the last that of no chord: shape `(frames, 97)`."""
        strengths = strengths.pow(self.compression)
        all_notes = self.smoothed(strengths @ self.treble)
        bass = self.smoothed(strengths @ self.bass)
        bass = bass / bass.sum(1, keepdim=True).clamp_min(1e-9)
        fit = torch.nn.functional.normalize(all_notes, dim=1) @ self.templates.t() - self.unlikely
        fit = fit + self.bass_weight * (bass @ self.bass_templates.t())
        return torch.nn.functional.pad(fit, (0, 1), value=self.none)
