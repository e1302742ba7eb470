"""The loop: a description is changed until taggers hear what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from endpoints.adam import Adam
from endpoints.tagbox.aim import Aim, Opinion
from endpoints.tagbox.latents.latent import Latent
from endpoints.tagbox.masking import masked, window_sizes
from endpoints.tagbox.taggers.tagger import LOUD, RATE, Tagger

LOOK = 10
"""Steps between two looks at the whole window."""

_PATIENCE = 2
"""Looks without a better one, after which it ends."""

_BETTER = 0.01
"""By what share a loss must fall to be better."""

Told = Callable[[int, float], None]
"""Takes the steps that are done, and how probable the aim was when it was last looked at."""


@dataclass(frozen=True)
class Steering:
    """How it goes on.

    Attributes:
        steps: how many, at most.
        strength: of a step, 0 to 1.
        seed: what is heard when, and how gates are shaken.
        style: no mask: the estimate itself is heard, and is the result.
    """

    steps: int = 30
    strength: float = 0.4
    seed: int = 1
    style: bool = False


@dataclass(frozen=True)
class Steered:
    """What came of it.

    Attributes:
        before: how probable the aim was in the mixture, 0 to 1.
        course: the same at the start, and after every look, of what stood at that time.
        kept: the same of what was kept: the best look's.
        steps: how many were made.
    """

    before: float
    course: tuple[float, ...]
    kept: float
    steps: int


def steer(latent: Latent, aim: Aim, taggers: Sequence[Tagger], how: Steering, told: Told) -> Steered:
    """Change a description towards an aim; afterwards it is the best one that was seen.

    A step hears a part of the window through one size of the mask, by one tagger, and goes along the gradient of its
    loss by Adam (D. P. Kingma, J. Ba: "Adam: a method for stochastic optimization", ICLR 2015). Sizes and taggers take
    turns, so that what falls is the mean of all; where the description is free, each step goes by that mean, as the
    authors' do.

    Raises:
        whatever ``told`` raises, which ends it.
    """
    draw = torch.Generator().manual_seed(how.seed)
    adam = Adam(latent.parameters, how.strength * latent.step)
    gain = LOUD / max(float(latent.mixture.square().mean().sqrt()), 1e-4)
    mixture = latent.mixture * gain
    hearings = [(size, tagger) for size in _sizes(how) for tagger in taggers]
    before = aim.opinion(taggers, mixture, torch.zeros_like(mixture)).heard
    first = _look(latent, aim, taggers, how)
    course = [first.heard]
    best, kept, waited = first.loss, [one.detach().clone() for one in latent.parameters], 0
    for step in range(how.steps):
        told(step, course[-1])
        sound = latent.decode(draw) * gain
        heard = hearings if latent.free else [hearings[step % len(hearings)]]
        adam.zero_grad()
        losses = [_loss(aim, tagger, _through(sound, mixture, [size]), mixture, draw) for size, tagger in heard]
        loss = torch.stack(losses).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        if (step + 1) % LOOK and step + 1 < how.steps:
            continue
        look = _look(latent, aim, taggers, how)
        course.append(look.heard)
        if look.loss < best * (1 - _BETTER):
            best, kept, waited = look.loss, [one.detach().clone() for one in latent.parameters], 0
        else:
            waited += 1
        if waited == _PATIENCE:
            break
    with torch.no_grad():
        for parameter, value in zip(latent.parameters, kept):
            parameter.copy_(value)
    return Steered(before, tuple(course), _look(latent, aim, taggers, how).heard, step + 1)


def _loss(aim: Aim, tagger: Tagger, sound: torch.Tensor, mixture: torch.Tensor, draw: torch.Generator) -> torch.Tensor:
    """Return a tagger's loss of a part of a sound that begins anywhere, a number."""
    start = int(torch.randint(sound.shape[0], (1,), generator=draw))
    loss = aim.loss(tagger, tagger.excerpt(sound, start))
    if aim.rest_without:
        loss = loss + aim.rest_loss(tagger, tagger.excerpt(mixture - sound, start))
    return loss


def _sizes(how: Steering) -> Sequence[int]:
    """Return the sizes of the mask; 0 stands for none."""
    return (0,) if how.style else window_sizes(RATE)


def _through(sound: torch.Tensor, mixture: torch.Tensor, sizes: Sequence[int]) -> torch.Tensor:
    """Return what of a mixture a sound lets through; where there is no mask, the sound itself."""
    return masked(sound[None], mixture[None], sizes)[0] if all(sizes) else sound


def _look(latent: Latent, aim: Aim, taggers: Sequence[Tagger], how: Steering) -> Opinion:
    """Return what taggers think of what a description stands for now, all of it."""
    with torch.no_grad():
        sound = latent.decode(None)
        if latent.free:
            sound = _through(sound, latent.mixture, _sizes(how))
        return aim.opinion(taggers, sound, latent.mixture - sound)
