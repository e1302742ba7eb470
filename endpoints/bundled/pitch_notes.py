"""Pitch to notes: which notes a single voice or instrument plays, by name, with start and end.

The fundamental frequency is found with YIN (A. de Cheveigné, H. Kawahara: "YIN, a fundamental frequency estimator for
speech and music", JASA 111(4), 2002), its threshold replaced by a distribution of thresholds as in pYIN (M. Mauch,
S. Dixon: "pYIN: a fundamental frequency estimator using probabilistic threshold distributions", ICASSP 2014). A hidden
Markov model over semitones then turns the candidates into steady notes; as in M. Mauch et al. ("Computer-aided melody
note transcription using the Tony software", TENOR 2015), the pitch within a note is normally distributed around it, so
that vibrato does not break it. Where they begin and end: :mod:`endpoints.bundled.note_edges`.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from app.audacitorch import WaveformToLabelsBase
from endpoints.bundled import BundledModel
from endpoints.bundled.attacks import levels
from endpoints.bundled.frames import centred_frames, sound_length, without_offset
from endpoints.bundled.labeler_examples import melody
from endpoints.bundled.note_edges import NoteEdges
from endpoints.bundled.polyphony import Polyphony
from endpoints.bundled.segments import led_by, run_means
from endpoints.bundled.viterbi import viterbi

SAMPLE_RATE = 22050
LOWEST, HIGHEST = 21, 108
"""MIDI numbers of the piano's range, A0 to C8."""
PITCH_CLASSES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
SEVERAL = "sounds like several notes at once: this model hears one"
"""The last class, a remark rather than a note: HARP shows its users labels, and nothing else that a model says."""
NOTES = [f"{PITCH_CLASSES[midi % 12]}{midi // 12 - 1}" for midi in range(LOWEST, HIGHEST + 1)]


class PitchNotes(nn.Module):
    """Mono sound at 22050 Hz to notes."""

    log_transition: torch.Tensor
    names: list[str]

    def __init__(self) -> None:
        super().__init__()
        self.hop = 256
        self.window = 1024
        self.shortest_lag = 4
        self.longest_lag = 820
        self.fft_size = 2048
        self.silence = 1e-3  # RMS, -60 dB: what is softer has no pitch
        self.usual, self.most = 0.1, 10.0  # RMS at the loudest that a soft recording is brought to, and by how much
        self.level_window = 704  # 32 ms
        self.waver = 0.5  # semitones: standard deviation of the pitch within a note
        # A frame of YIN's reaches from its start over the window and a period, its middle over the longest.
        self.polyphony = Polyphony(SAMPLE_RATE)
        self.names = list(NOTES)
        self.edges = NoteEdges(SAMPLE_RATE, self.hop, LOWEST, HIGHEST, (self.longest_lag - 1) // 2)
        notes = HIGHEST - LOWEST + 1
        change, silent = 2e-4, 5e-3  # chances per frame that a note goes on to another, or ends
        transition = torch.full((notes + 1, notes + 1), change)
        transition.fill_diagonal_(1.0 - silent - change * (notes - 1))
        transition[:, notes] = silent
        transition[notes] = 0.02 / notes
        transition[notes, notes] = 0.98
        self.register_buffer("log_transition", transition.log())

    def differences(self, frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """YIN's difference function and its cumulative mean normalisation (equations 6 and 8).

        Args:
            frames: shape `(frames, window + longest_lag)`.

        Returns:
            Two tensors of shape `(frames, longest_lag)`, the column being the lag.
        """
        lags = self.longest_lag
        spectrum = torch.fft.rfft(frames, self.fft_size)
        start = torch.fft.rfft(frames[:, : self.window], self.fft_size)
        correlation = torch.fft.irfft(start.conj() * spectrum, self.fft_size)[:, :lags]
        energy = torch.cumsum((frames * frames).to(torch.float64), 1)
        energy = torch.nn.functional.pad(energy, (1, 0))
        shifted = energy[:, self.window : self.window + lags] - energy[:, :lags]
        difference = (shifted + shifted[:, :1] - 2.0 * correlation).clamp_min(0.0).to(torch.float32)
        summed = torch.cumsum(difference, 1)
        lag = torch.arange(lags, device=frames.device, dtype=torch.float32)
        normalised = torch.where(summed > 0, difference * lag / summed.clamp_min(1e-20), torch.ones_like(difference))
        return difference, normalised

    def candidates(self, frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """How probable each note is in each frame, and how well the frame fits into that note.

        Args:
            frames: shape `(frames, window + longest_lag)`.

        Returns:
            Two tensors of shape `(frames, notes)`: the probabilities, whose sum lacks that of no pitch to 1; and the
            likelihoods, for which a pitch may also lie in the vibrato of a neighbouring note.
        """
        difference, normalised = self.differences(frames)
        low, high = self.shortest_lag, self.longest_lag - 1
        middle = normalised[:, low:high]
        is_dip = (middle <= normalised[:, low - 1 : high - 1]) & (middle < normalised[:, low + 1 : high + 1])
        left, right = normalised[:, low - 1 : high - 1], normalised[:, low + 1 : high + 1]
        curve = (left - 2.0 * middle + right).clamp_min(1e-6)
        bottom = middle - (left - right) ** 2 / (8.0 * curve)  # a short period falls between two lags
        depth = torch.where(is_dip, bottom, torch.ones_like(middle)).clamp(0.0, 1.0)
        deepest = torch.cummin(depth, 1)[0]
        before = torch.nn.functional.pad(deepest[:, :-1], (1, 0), value=1.0)
        # A threshold picks the first dip below it: a dip gets the thresholds between itself and the deepest before it.
        mass = (self.threshold_below(before) - self.threshold_below(depth)).clamp_min(0.0)

        at, left, right = difference[:, low:high], difference[:, low - 1 : high - 1], difference[:, low + 1 : high + 1]
        curve = (left - 2.0 * at + right).clamp_min(1e-20)
        offset = (0.5 * (left - right) / curve).clamp(-0.5, 0.5)
        lag = torch.arange(low, high, device=frames.device, dtype=torch.float32) + offset
        pitch = 69.0 + 12.0 * torch.log2(22050.0 / 440.0 / lag) - 21.0
        nearest = torch.round(pitch)
        count = self.log_transition.shape[0] - 1
        loud = (frames * frames).mean(1, keepdim=True).sqrt() > self.silence
        mass = mass * loud * ((nearest >= 0) & (nearest < count))
        notes = torch.zeros(frames.shape[0], count, device=frames.device)
        notes.scatter_add_(1, nearest.to(torch.long).clamp(0, count - 1), mass)
        fits = torch.zeros(frames.shape[0], count + 2, device=frames.device)  # a note more on either side
        for step in range(-1, 2):
            note = (nearest + step).clamp(-1, count)
            fits.scatter_add_(1, note.to(torch.long) + 1, mass * torch.exp(-0.5 * ((pitch - note) / self.waver) ** 2))
        return notes, fits[:, 1:-1]

    def threshold_below(self, x: torch.Tensor) -> torch.Tensor:
        """Share of pYIN's thresholds below `x`: the cumulative beta distribution with parameters 2 and 11."""
        return 1.0 - (1.0 - x) ** 11 * (1.0 + 11.0 * x)

    def melody(self, mono: torch.Tensor, lowest: int, highest: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Find the notes of a mono signal.

        Args:
            mono: shape `(samples,)`.
            lowest: MIDI number; lower pitches are none.
            highest: MIDI number; higher pitches are none.

        Returns:
            Probabilities, shape `(n, 88)`, and start and end in seconds, shape `(n, 2)`.
        """
        frames = centred_frames(mono, self.window + self.longest_lag, self.hop)
        parts = [self.candidates(frames[i : i + 256]) for i in range(0, frames.shape[0], 256)]
        notes, fits = torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts])
        midi = torch.arange(notes.shape[1], device=mono.device) + self.edges.lowest
        allowed = (midi >= lowest) & (midi <= highest)
        notes, fits = notes * allowed, fits * allowed
        unpitched = (1.0 - notes.sum(1, keepdim=True)).clamp_min(0.0)
        states = viterbi((torch.cat([fits, unpitched], 1) + 1e-3).log(), self.log_transition)

        heard, sounding, note = self.edges(mono, states)
        probabilities = led_by(run_means(notes, heard[:, 0], heard[:, 1]), note)
        start, close = sounding[:, 0] * self.hop / 22050.0, sounding[:, 1] * self.hop / 22050.0
        # Notes that are struck again end a little earlier, so that nobody takes them for one.
        again = torch.nn.functional.pad((start[1:] - close[:-1] < 0.01) & (note[1:] == note[:-1]), (0, 1), value=False)
        following = torch.nn.functional.pad(start[1:], (0, 1))
        close = torch.where(again, torch.minimum(close, following - 0.01), close)
        return probabilities, torch.stack([start, close], 1)

    def forward(self, x: torch.Tensor, lowest: str = "A0", highest: str = "C8") -> tuple[torch.Tensor, torch.Tensor]:
        """Find the notes of `x`, shape `(channels, samples)`, from one named to another.

        Returns:
            Probabilities `(n, 89)`, the last that of several notes at once, and seconds `(n, 2)`.
        """
        mono = x.mean(0)
        length = sound_length(mono)
        if length == 0:
            return torch.zeros(0, len(self.names) + 1, device=x.device), torch.zeros(0, 2, device=x.device)
        mono = without_offset(mono[:length])
        mono = mono * (self.usual / levels(mono, self.level_window, self.hop).max()).clamp(1.0, self.most)
        one, other = self.names.index(lowest), self.names.index(highest)
        notes, seconds = self.melody(mono, self.edges.lowest + min(one, other), self.edges.lowest + max(one, other))
        stretches, share = self.polyphony(mono)
        several = torch.nn.functional.pad(share.unsqueeze(1), (len(self.names), 0))
        probabilities = torch.cat([torch.nn.functional.pad(notes, (0, 1)), several])
        seconds = torch.cat([seconds, stretches]).clamp(0.0, length / 22050.0)
        order = torch.argsort(seconds[:, 0], stable=True)
        return probabilities[order], seconds[order]


class PitchNotesModel(WaveformToLabelsBase):
    """The model in the format's clothes."""

    def do_forward_pass(
        self, x: torch.Tensor, lowest: str = "A0", highest: str = "C8"
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Find the notes of `x`, shape `(channels, samples)`: probabilities `(n, 89)` and seconds `(n, 2)`."""
        labels, seconds = self.model(x, lowest, highest)
        return labels, seconds


MODEL = BundledModel(
    id="harpist/pitch-notes",
    build=lambda: PitchNotesModel(PitchNotes()),
    metadata={
        "name": "Pitch to Notes",
        "author": "Harpist",
        "sample_rate": SAMPLE_RATE,
        "domain_tags": ["music"],
        "short_description": "Names the notes of one voice or instrument.",
        "long_description": (
            "Labels each note of a melody with its name (A0 to C8), start and end: one voice or instrument, one note "
            "at a time. Chords get wrong notes, and mostly a label that says so. Repeated notes without a gap may be "
            "joined. Follows pYIN (Mauch and Dixon 2014)."
        ),
        "tags": ["pitch", "notes", "melody", "transcription"],
        "labels": [*NOTES, SEVERAL],
        "effect_type": "waveform-to-labels",
        "multichannel": False,
        "controls": [
            {
                "argument": "lowest",
                "label": "Lowest note",
                "help": "What sounds lower gets no label. Set it to the lowest note of your instrument.",
                "choices": NOTES,
            },
            {
                "argument": "highest",
                "label": "Highest note",
                "help": "What sounds higher gets no label. Set it to the highest note of your instrument.",
                "choices": NOTES,
            },
        ],
    },
    paper=(
        "A. de Cheveigné, H. Kawahara: YIN, a fundamental frequency estimator for speech and music, JASA 111(4), 2002; "
        "M. Mauch, S. Dixon: pYIN, a fundamental frequency estimator using probabilistic threshold distributions, "
        "ICASSP 2014; A. Klapuri: Multiple fundamental frequency estimation by summing harmonic amplitudes, ISMIR 2006"
    ),
    example=melody,
)
