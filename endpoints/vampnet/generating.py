"""From what is heard to new sound: tokens, a mask, the networks, sound again."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.audacitorch.inference.precision import FLOAT32, computing, unsupported, wanted_precision
from app.audio.resample import resampled
from app.errors import ModelFormatError
from endpoints.vampnet.asking import Asked
from endpoints.vampnet.checkpoint import read_checkpoint
from endpoints.vampnet.codec import Codec
from endpoints.vampnet.filling import Networks, Told, Wanted, fill_all, stretched
from endpoints.vampnet.hearing import Heard
from endpoints.vampnet.masks import hinted, within
from endpoints.vampnet.predicting import Predictor
from endpoints.vampnet.rhythm import RATE, Rhythm

Samples = NDArray[np.floating[Any]]

_DECODING = 0.95
"""Where in a variation's share of the work its tokens become sound."""


@dataclass(frozen=True)
class Moments:
    """Where music was kept, in seconds from the beginning of what was heard."""

    onsets: tuple[float, ...] = ()
    beats: tuple[float, ...] = ()


class Generator:
    """Codec and networks on one device; one pair of networks is held at a time.

    Args:
        codec: the codec's file.
        device: a torch device name.

    Raises:
        ModelFormatError: the file is not what it must be.
    """

    def __init__(self, codec: Path, device: str) -> None:
        self.codec = Codec(read_checkpoint(codec), device)
        self._device = device
        self._held: tuple[tuple[Path, Path], Networks] | None = None
        self._rhythm: Rhythm | None = None
        self.precision = precision_for(torch.device(device))

    @property
    def rate(self) -> int:
        """The codec's sample rate, in Hz."""
        return self.codec.sizes.rate

    def open(self, coarse: Path, fine: Path) -> None:
        """Hold a pair of networks; another pair leaves the memory.

        Raises:
            ModelFormatError: a file is not what it must be, or the two do not fit the codec.
        """
        if self._held and self._held[0] == (coarse, fine):
            return
        self._held = None
        made = [Predictor(read_checkpoint(path), self.codec.codebooks, self._device) for path in (coarse, fine)]
        first, then = (one.layout for one in made)
        if first.given or then.given != first.books or then.books != self.codec.sizes.books:
            raise ModelFormatError(
                f"{coarse.name} fills in {first.predicted} codebooks and {fine.name} those from {then.given} to "
                f"{then.books}; together they must be the codec's {self.codec.sizes.books}."
            )
        self._held = ((coarse, fine), Networks(made[0], made[1], self.rate / self.codec.sizes.hop))

    def moments(self, heard: Heard, asked: Asked) -> Moments:
        """Return the onsets and beats of what is heard, as far as any are asked for."""
        if not (asked.hints.onset_width or asked.beat):
            return Moments()
        self._rhythm = self._rhythm or Rhythm()
        onsets, beats = self._rhythm.moments(resampled(heard.middle[None], self.rate, RATE)[0])
        return Moments(onsets if asked.hints.onset_width else (), beats if asked.beat else ())

    def tokens(self, heard: Heard, still: Callable[[], None]) -> torch.Tensor:
        """Return the tokens of what is heard, ``(books, steps)``."""
        with torch.inference_mode(), computing(FLOAT32, torch.device(self._device)):
            return self.codec.tokens(torch.from_numpy(heard.middle), still)

    def variation(
        self, heard: Heard, tokens: torch.Tensor, moments: Moments, asked: Asked, number: int, told: Told
    ) -> Samples:
        """Return one new sound, at the codec's rate and level, at least as long as what was heard.

        Args:
            heard: the sound.
            tokens: its tokens.
            moments: where it is kept.
            asked: what is asked for.
            number: of the variation, from 0 on.
            told: takes the progress, often; what it raises ends the work.
        """
        assert self._held is not None
        networks = self._held[1]
        random = torch.Generator().manual_seed(asked.seed + number)
        wanted = self._wanted(heard, tokens, moments, asked, random)
        longer, mask = stretched(tokens, wanted.mask, heard.longer)
        inside = wanted.inside.repeat_interleave(heard.longer)

        def say(share: float, words: str) -> None:
            told(share * _DECODING, words)

        device = torch.device(self._device)
        with torch.inference_mode():
            with computing(self.precision, device):
                made = fill_all(networks, longer, replace(wanted, mask=mask, inside=inside), random, say)
            with computing(FLOAT32, device):
                sound = self.codec.sound(made, lambda: told(_DECODING, "decoding"))
        return sound.numpy()

    def _wanted(
        self, heard: Heard, tokens: torch.Tensor, moments: Moments, asked: Asked, random: torch.Generator
    ) -> Wanted:
        books, steps = tokens.shape
        rate = self.rate / self.codec.sizes.hop
        hints = replace(asked.hints, beat_steps=first_step(asked.beat, rate))
        onsets, beats = ([first_step(at, rate) for at in found] for found in (moments.onsets, moments.beats))
        mask = hinted(books, steps, hints, onsets, beats, random)
        part, scale = heard.part, rate / heard.rate
        first, last = (part.start - part.first) * scale, (part.end - part.first) * scale
        inside = within(1, steps, int(first), math.ceil(last))
        return Wanted(mask & inside, inside[0], asked.how, asked.passes)


def first_step(second: float, rate: float) -> int:
    """Return the first step that begins no earlier than a moment; ``rate``: steps of a second."""
    return math.ceil(second * rate)


def precision_for(device: torch.device) -> str:
    """Return with how many bits the networks compute: half as many as elsewhere on a GPU of NVIDIA's.

    So do the authors, with bfloat16. Elsewhere it is what the operator asked for, where the device can do that.
    """
    if device.type == "cuda":
        return "float16" if unsupported("bfloat16", device) else "bfloat16"
    wanted = wanted_precision()
    return FLOAT32 if unsupported(wanted, device) else wanted
