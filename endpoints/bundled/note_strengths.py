"""How strongly each note from C1 to C7 sounds, drums left out: what chords and keys are told from.

The steps of M. Mauch, S. Dixon: "Approximate note transcription for the improved identification of difficult chords",
ISMIR 2010. A spectrum over the logarithm of frequency, three bins a semitone, is tuned, whitened by the mean and the
standard deviation of the octave around each bin, and explained by notes with overtones that fall by a constant factor,
none of them negative. The least squares are solved by the multiplicative updates of D. D. Lee, H. S. Seung: "Algorithms
for non-negative matrix factorization", NIPS 2000. What strikes is taken out of the spectrum first.
"""

import math

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from endpoints.bundled.frames import magnitudes
from endpoints.bundled.steadiness import Steadiness

SAMPLE_RATE = 22050
LOWEST, NOTES = 24, 73
"""The MIDI number of C1, and how many notes there are from there to C7."""


def note_profiles(count: int, overtones: int = 20, decay: float = 0.7) -> torch.Tensor:
    """Spectra of the single notes over `count` bins, each of unit length: shape `(73, count)`."""
    profiles = torch.zeros(NOTES, count)
    bins = torch.arange(count, dtype=torch.float32)
    for note in range(NOTES):
        for overtone in range(1, overtones + 1):
            centre = 3.0 * (note + 12.0 * math.log2(overtone)) + 1.0
            profiles[note] += decay ** (overtone - 1) * (1.0 - (bins - centre).abs() / 2.0).clamp_min(0.0)
    return torch.nn.functional.normalize(profiles, dim=1)


class NoteStrengths(nn.Module):
    """Mono sound at 22050 Hz to the strengths of 73 notes around each 1024th sample."""

    window: torch.Tensor
    profiles: torch.Tensor
    overlaps: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.hop = 1024  # 46 ms
        self.size = 8192
        self.hertz = SAMPLE_RATE / self.size  # from one bin of the transform to the next
        self.bins = 3 * (NOTES + 18)  # an octave and a half more than the notes, for overtones
        self.lowest = float(LOWEST)
        self.rounds = 30
        self.nothing = 1e-12  # numbers that vanish further are slow to reckon with
        self.floor = 1e-3  # of the loudest bin: where there is nothing, rounding is no tone
        self.register_buffer("window", torch.hann_window(self.size))
        self.register_buffer("profiles", note_profiles(self.bins))
        self.register_buffer("overlaps", self.profiles @ self.profiles.t())
        self.steadiness = Steadiness(frames=13, bins=25)  # 0.6 s, 8 semitones

    def tuning(self, spectra: torch.Tensor) -> float:
        """How far above A = 440 Hz the music is tuned, -0.5 to 0.5 semitones: the mean phase of the spectra's peaks.

        Args:
            spectra: magnitudes, shape `(frames, 4097)`.
        """
        low, high = int(80.0 / self.hertz), int(1500.0 / self.hertz)
        at, left, right = spectra[:, low:high], spectra[:, low - 1 : high - 1], spectra[:, low + 1 : high + 1]
        loudest = spectra.max(dim=1, keepdim=True)[0]
        is_peak = (at > left) & (at >= right) & (at > 0.02 * loudest) & (at > 1e-6)
        a, b, c = at.clamp_min(1e-9).log(), left.clamp_min(1e-9).log(), right.clamp_min(1e-9).log()
        offset = (0.5 * (b - c) / (b - 2.0 * a + c).clamp_max(-1e-6)).clamp(-0.5, 0.5)
        bins = torch.arange(low, high, device=spectra.device, dtype=torch.float32) + offset
        angle = 2.0 * math.pi * 12.0 * torch.log2(bins * self.hertz / 440.0)
        weight = torch.where(is_peak, at.sqrt(), torch.zeros_like(at))  # the root: soft notes count too
        sine, cosine = float((weight * angle.sin()).sum()), float((weight * angle.cos()).sum())
        return math.atan2(sine, cosine) / (2.0 * math.pi)

    def by_pitch(self, spectra: torch.Tensor, tuning: float) -> torch.Tensor:
        """Map `(frames, 4097)` to three bins a semitone, a note on the middle one: shape `(frames, bins)`."""
        pitch = self.lowest + tuning + (torch.arange(self.bins, dtype=torch.float32, device=spectra.device) - 1.0) / 3.0
        centre = 440.0 * torch.pow(2.0, (pitch - 69.0) / 12.0) / self.hertz
        reach = (centre * (2.0 ** (1.0 / 36.0) - 1.0)).clamp_min(1.0)  # a third of a semitone, or one bin
        bins = torch.arange(spectra.shape[1], dtype=torch.float32, device=spectra.device).unsqueeze(1)
        weights = (1.0 - (bins - centre).abs() / reach).clamp_min(0.0)
        by_pitch: torch.Tensor = spectra @ (weights / weights.sum(0))
        return by_pitch

    def whitened(self, spectra: torch.Tensor) -> torch.Tensor:
        """What stands above the mean of the octave around, in standard deviations: shape as `spectra`."""
        loudest = spectra.max(dim=1, keepdim=True)[0]
        rows = (spectra / loudest.clamp_min(1e-12)).unsqueeze(1)
        mean = self.around(rows)
        deviation = (self.around(rows.square()) - mean.square()).clamp_min(0.0).sqrt()
        return ((rows - mean).clamp_min(0.0) / (deviation + self.floor)).squeeze(1)

    def around(self, rows: torch.Tensor) -> torch.Tensor:
        """Mean of an octave around each bin, shape `(frames, 1, bins)`."""
        return torch.nn.functional.avg_pool1d(rows, 37, 1, 18, count_include_pad=False)

    def explained(self, spectra: torch.Tensor) -> torch.Tensor:
        """Strengths of the notes, none negative, that sum up to `spectra` best: shape `(frames, 73)`."""
        wanted = (spectra @ self.profiles.t()).clamp_min(self.nothing)
        found = wanted
        for _ in range(self.rounds):
            found = (found * wanted / (found @ self.overlaps).clamp_min(1e-9)).clamp_min(self.nothing)
        return torch.where(found > 1e-9, found, torch.zeros_like(found))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map the mono signal `x`, shape `(samples,)`, to strengths, shape `(1 + samples // 1024, 73)`."""
        spectra = magnitudes(x, self.window, self.hop)
        by_pitch = self.by_pitch(spectra, self.tuning(spectra))
        steady = by_pitch * self.steadiness(by_pitch.t().contiguous()).t()
        return self.explained(self.whitened(steady))
