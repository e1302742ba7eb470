"""What else the parts of a mixture could be: the kinds of parts that table 16 compares with what ships."""

from __future__ import annotations

from collections.abc import Callable

import torch

from endpoints.tagbox.latents.components import PARTS, Carried, Components, at_tagger_rate, frame_size

_ALIKE = 0.8
"""Correlation of strengths from which on two parts are taken for one."""

_LOWEST, _ENTROPY = 65.4, 0.1
"""Hz: the C below the bass clef's staff; and how much the mean entropy of the gates (nats) counts beside the loss."""

_PASSAGE, _SEARCH = 4, 30
"""Spectra of a passage, a quarter of a frame (16 ms) apart; and how often passages are bettered."""

_OCTAVES, _SEMITONE, _CLEAR = 5, 0.5, 0.6
"""How far up from the lowest pitch, how near pitches are one (semitones), and how much of a part a comb must hold."""

_NEAR = 6
"""Frames to both sides, of 16 ms, in which an onset is the strongest."""


class Merged(Components):
    """Parts whose strengths rise and fall together share a gate."""

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]
        self._rate = int(given[1])  # type: ignore[call-overload]
        alike = self._owners()
        owner = list(range(len(alike)))
        for part in range(len(alike)):
            for other in range(part):
                if alike[part, other]:
                    wanted, gone = owner[other], owner[part]
                    owner = [wanted if one == gone else one for one in owner]
        same = torch.tensor(owner)[:, None] == torch.tensor(owner)[None]
        self._sharing = same.float() / same.sum(1, keepdim=True)

    def _owners(self) -> torch.Tensor:
        """Return which parts share a gate, ``(parts, parts)``."""
        return torch.corrcoef(self._strengths).nan_to_num() > _ALIKE

    def decode(self, draw: torch.Generator | None) -> torch.Tensor:
        """Return the sum of the parts by their shared gates, shaken together."""
        gates = self.parameters[0]
        if draw is not None:
            shaken = torch.logit(torch.rand(gates.shape, generator=draw).clamp(1e-4, 1 - 1e-4))
            gates = gates + self._noise * shaken[self._sharing.argmax(1)]
        return (self._sharing @ gates).sigmoid() @ self._heard

    def estimate(self) -> torch.Tensor:
        """Return the same of every channel, at the region's rate."""
        with torch.no_grad():
            self.parameters[0].copy_(self._sharing @ self.parameters[0])
        return super().estimate()


class HarmonicPercussive(Components):
    """The search for parts begins with three of harmonics, two semitones apart, to each of noise."""

    def __init__(self, sound: torch.Tensor, rate: int, seed: int, before: object, tick: Callable[[], None]) -> None:
        bins = torch.arange(frame_size(rate) // 2 + 1)
        spectra = 0.1 * torch.rand(len(bins), PARTS, generator=torch.Generator().manual_seed(seed)) + 0.02
        tonal = 3 * PARTS // 4
        for part in range(tonal):
            lowest = _LOWEST * 2 ** (part / 6) * frame_size(rate) / rate
            for harmonic in range(1, 21):
                spectra[:, part] += torch.exp(-((bins - harmonic * lowest) ** 2) / 2) / harmonic
        spectra[:, tonal:] += 1.0
        super().__init__(sound, rate, seed, Carried(spectra, torch.zeros(PARTS)), tick)
        self._follows = False


class Decided(Components):
    """Gates are drawn away from the middle: their entropy is part of what is made small."""

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]
        gates = self.parameters[0]

        def with_entropy(gradient: torch.Tensor) -> torch.Tensor:
            opened = gates.detach().sigmoid()
            return gradient - _ENTROPY * gates.detach() * opened * (1 - opened) / len(opened)

        gates.register_hook(with_entropy)


class OneNote(Merged):
    """Parts of one pitch share a gate: an instrument's stroke and what of it rings on."""

    def _owners(self) -> torch.Tensor:
        pitches, clear = _pitches(self._spectra, self._size, self._rate)
        same = (pitches[:, None] - pitches[None]).abs() < _SEMITONE / 2
        return (same & clear[:, None] & clear[None]) | torch.eye(len(pitches), dtype=torch.bool)


class AtOnsets(Components):
    """A gate of its own for each part between two onsets of the mixture, all put where the part's was put."""

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]
        flux = self._strengths.diff(dim=1).clamp(min=0).sum(0)
        near = torch.nn.functional.max_pool1d(flux[None], 2 * _NEAR + 1, 1, _NEAR)[0]
        found = ((flux == near) & (flux > flux.mean() + flux.std())).nonzero()[:, 0] + 1
        frames = self._strengths.shape[1]
        self._piece = (torch.arange(frames)[:, None] >= found[None]).sum(1)
        hop = self._heard.shape[1] / (frames - 1)
        at = (torch.arange(self._heard.shape[1]) / hop).round().long().clamp(max=frames - 1)
        self._piece_heard = self._piece[at]
        self.parameters = [torch.zeros(self._heard.shape[0], len(found) + 1).requires_grad_()]

    def set_gates(self, parameters: torch.Tensor) -> None:
        """Put all gates of a part to its parameter."""
        with torch.no_grad():
            self.parameters[0].copy_(parameters[:, None].expand_as(self.parameters[0]))

    def decode(self, draw: torch.Generator | None) -> torch.Tensor:
        """Return the sum of the parts by the gates of each stretch, each part shaken as a whole."""
        gates = self.parameters[0]
        if draw is not None:
            even = torch.rand(len(gates), generator=draw).clamp(1e-4, 1 - 1e-4)
            gates = gates + self._noise * torch.logit(even)[:, None]
        return (gates.sigmoid()[:, self._piece_heard] * self._heard).sum(0)

    def estimate(self) -> torch.Tensor:
        """Return the same of every channel, at the region's rate."""
        with torch.no_grad():
            strengths = self._strengths * self.parameters[0].sigmoid()[:, self._piece]
            return self._back(self._spectrum * (self._spectra @ strengths / self._sum))


class Convolutive(Components):
    """A part is a short passage of spectra rather than one: a stroke and how it dies away.

    P. Smaragdis: "Non-negative matrix factor deconvolution; extraction of multiple sound sources from monophonic
    inputs", ICA 2004; updates for the Kullback-Leibler divergence.
    """

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]
        rate = int(given[1])  # type: ignore[call-overload]
        magnitude = self._spectrum.abs().square().mean(0).sqrt()
        fade = torch.linspace(1.0, 0.3, _PASSAGE)
        self._passages = fade[:, None, None] * self._spectra[None] + 1e-4 * self._spectra.mean()
        for _ in range(_SEARCH):
            self._better(magnitude)
        self._sum = self._whole(self._strengths) + 1e-9
        mono = self._spectrum.mean(0)
        parts = range(len(self._strengths))
        shares = (self._of(part, self._strengths) / self._sum for part in parts)
        self._heard = torch.stack([at_tagger_rate(self._back(mono * share), rate) for share in shares])
        self.mixture = self._heard.sum(0)

    def estimate(self) -> torch.Tensor:
        """Return the sum of the passages by their gates, of every channel, at the region's rate."""
        with torch.no_grad():
            opened = self._whole(self._strengths * self.parameters[0].sigmoid()[:, None])
            return self._back(self._spectrum * (opened / self._sum))

    def _better(self, magnitude: torch.Tensor) -> None:
        ratio = magnitude / (self._whole(self._strengths) + 1e-9)
        up = sum(spectra.T @ _earlier(ratio, later) for later, spectra in enumerate(self._passages))
        self._strengths = self._strengths * up / (self._passages.sum((0, 1))[:, None] + 1e-9)
        ratio = magnitude / (self._whole(self._strengths) + 1e-9)
        for later in range(_PASSAGE):
            moved = _later(self._strengths, later)
            self._passages[later] *= ratio @ moved.T / (moved.sum(1) + 1e-9)

    def _whole(self, strengths: torch.Tensor) -> torch.Tensor:
        return torch.stack([spectra @ _later(strengths, by) for by, spectra in enumerate(self._passages)]).sum(0)

    def _of(self, part: int, strengths: torch.Tensor) -> torch.Tensor:
        one = strengths[part : part + 1]
        return torch.stack([spectra[:, part, None] * _later(one, by) for by, spectra in enumerate(self._passages)]).sum(
            0
        )


def _later(rows: torch.Tensor, by: int) -> torch.Tensor:
    return torch.nn.functional.pad(rows, (by, 0))[:, : rows.shape[1]]


def _earlier(rows: torch.Tensor, by: int) -> torch.Tensor:
    return torch.nn.functional.pad(rows, (0, by))[:, by:]


def _pitches(spectra: torch.Tensor, size: int, rate: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return each part's pitch in semitones, by the harmonic comb that holds most, and whether it is clear."""
    bins = torch.arange(spectra.shape[0], dtype=torch.float32)
    semitones = torch.arange(0, _OCTAVES * 12, _SEMITONE)
    lowest = _LOWEST * 2 ** (semitones / 12) * size / rate
    combs = torch.zeros(len(lowest), len(bins))
    for harmonic in range(1, 13):
        combs += torch.exp(-((bins[None] - harmonic * lowest[:, None]) ** 2) / 2) / harmonic**0.5
    combs /= combs.norm(dim=1, keepdim=True)
    shaped = spectra.sqrt() / spectra.sqrt().norm(dim=0)
    score, place = (combs @ shaped).max(0)
    return semitones[place], score > _CLEAR
