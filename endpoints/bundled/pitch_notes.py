"""Pitch to notes: which notes a single voice or instrument plays, by name, with start and end.

The fundamental frequency is found with YIN (A. de Cheveigné, H. Kawahara: "YIN, a fundamental frequency estimator for
speech and music", JASA 111(4), 2002), its threshold replaced by a distribution of thresholds as in pYIN (M. Mauch,
S. Dixon: "pYIN: a fundamental frequency estimator using probabilistic threshold distributions", ICASSP 2014). A hidden
Markov model over semitones then turns the candidates into steady notes; as in M. Mauch et al. ("Computer-aided melody
note transcription using the Tony software", TENOR 2015), the pitch within a note is normally distributed around it, so
that vibrato does not break it.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from app.audacitorch import WaveformToLabelsBase
from endpoints.bundled import BundledModel
from endpoints.bundled.attacks import levels, nearest_attack, steepness
from endpoints.bundled.frames import centred_frames, sound_length, without_offset
from endpoints.bundled.labeler_examples import melody
from endpoints.bundled.segments import led_by, run_means, runs
from endpoints.bundled.viterbi import viterbi

SAMPLE_RATE = 22050
LOWEST, HIGHEST = 21, 108
"""MIDI numbers of the piano's range, A0 to C8."""
PITCH_CLASSES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
NOTES = [f"{PITCH_CLASSES[midi % 12]}{midi // 12 - 1}" for midi in range(LOWEST, HIGHEST + 1)]


class PitchNotes(nn.Module):
    """Mono sound at 22050 Hz to notes."""

    log_transition: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.hop = 256
        self.window = 1024
        self.shortest_lag = 4
        self.longest_lag = 820
        self.fft_size = 2048
        self.silence = 1e-3  # RMS, -60 dB: what is softer has no pitch
        self.usual, self.most = 0.1, 10.0  # RMS at the loudest that a soft recording is brought to, and by how much
        self.shortest_note = 5  # frames, 58 ms
        self.level_window = 704  # 32 ms: the dip between two strokes shows, the period of A0 hardly
        self.waver = 0.5  # semitones: standard deviation of the pitch within a note
        self.rise = 1.6  # a swell of 4 dB within a note is a new stroke
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

    def split_strokes(self, states: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
        """Number the runs of states, and start a new run where a note is struck again.

        Args:
            states: one state per frame, shape `(frames,)`.
            level: RMS per frame, shape `(frames,)`.

        Returns:
            A number per frame, shape `(frames,)`, that differs between neighbouring notes.
        """
        reach = 4
        earlier = torch.nn.functional.pad(level, (reach, 0), value=0.0).unfold(0, reach, 1)[: level.shape[0]]
        swell = level / earlier.min(dim=1)[0].clamp_min(1e-6)
        soon = torch.nn.functional.pad(swell, (0, reach)).unfold(0, reach + 1, 1).max(dim=1)[0]
        steep = steepness(level)
        steepest = torch.nn.functional.max_pool1d(steep.view(1, 1, -1), 2 * reach + 1, 1, reach).view(-1)
        struck = (steep >= steepest) & (soon > self.rise) & (steep > self.silence)
        changed = torch.nn.functional.pad((states[1:] != states[:-1]).to(torch.long), (1, 0))
        near_change = torch.nn.functional.max_pool1d(
            changed.to(torch.float32).view(1, 1, -1), 2 * self.shortest_note + 1, 1, self.shortest_note
        ).view(-1)
        return torch.cumsum(changed + (struck & (near_change == 0)).to(torch.long), 0)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Find the notes of `x`, shape `(channels, samples)`: probabilities `(n, 88)` and seconds `(n, 2)`."""
        count = self.log_transition.shape[0] - 1
        mono = x.mean(0)
        length = sound_length(mono)
        if length == 0:
            return torch.zeros(0, count, device=x.device), torch.zeros(0, 2, device=x.device)
        mono = without_offset(mono[:length])
        mono = mono * (self.usual / levels(mono, self.level_window, self.hop).max()).clamp(1.0, self.most)
        frames = centred_frames(mono, self.window + self.longest_lag, self.hop)
        parts = [self.candidates(frames[i : i + 256]) for i in range(0, frames.shape[0], 256)]
        notes, fits = torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts])
        unpitched = (1.0 - notes.sum(1, keepdim=True)).clamp_min(0.0)
        states = viterbi((torch.cat([fits, unpitched], 1) + 1e-3).log(), self.log_transition)

        level = levels(mono, self.level_window, self.hop)
        first, end, _ = runs(self.split_strokes(states, level))
        kept = (states[first] < count) & (end - first >= self.shortest_note)
        first, end = first[kept], end[kept]
        note = states[first]
        probabilities = led_by(run_means(notes, first, end), note)
        half = 0.5 * self.hop
        earliest = torch.nn.functional.pad(end[:-1], (1, 0))
        first = torch.maximum(nearest_attack(first, level, 4, 0), earliest)  # low notes are heard late
        # Notes that are struck again end a little earlier, so that nobody takes them for one.
        again = torch.nn.functional.pad((first[1:] == end[:-1]) & (note[1:] == note[:-1]), (0, 1), value=False)
        close = end * self.hop - half - again * 0.01 * 22050.0
        seconds = torch.stack([first * self.hop - half, close], 1) / 22050.0
        return probabilities, seconds.clamp(0.0, length / 22050.0)


class PitchNotesModel(WaveformToLabelsBase):
    """The model in the format's clothes."""

    def do_forward_pass(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Find the notes of `x`, shape `(channels, samples)`: probabilities `(n, 88)` and seconds `(n, 2)`."""
        labels, seconds = self.model(x)
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
            "Labels each note of a melody with its name (A0 to C8), start and end. For one voice or one instrument "
            "playing one note at a time. Follows YIN (de Cheveigné and Kawahara 2002) and pYIN (Mauch and Dixon 2014)."
        ),
        "tags": ["pitch", "notes", "melody", "transcription"],
        "labels": NOTES,
        "effect_type": "waveform-to-labels",
        "multichannel": False,
    },
    paper=(
        "A. de Cheveigné, H. Kawahara: YIN, a fundamental frequency estimator for speech and music, JASA 111(4), 2002; "
        "M. Mauch, S. Dixon: pYIN, a fundamental frequency estimator using probabilistic threshold distributions, "
        "ICASSP 2014"
    ),
    example=melody,
)
