"""How near a result comes on pairs that it did not learn from, beside nothing and the effects at their defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from endpoints.deepafx.applying import Way, applied, curve_of
from endpoints.deepafx.chain import Chain, Turns
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.folder import Result
from endpoints.deepafx.measures import Distance, distance
from endpoints.deepafx.pairs import Mono, Pair


@dataclass(frozen=True)
class Compared:
    """Means over pairs.

    Attributes:
        untouched: of the sound as it was; ``defaults`` of the effects at their defaults; ``learnt`` of the result.
        examples: of the first pair, what the effects made at their defaults, and as learnt.
    """

    untouched: Distance
    defaults: Distance
    learnt: Distance
    examples: tuple[Mono, Mono]

    @property
    def rows(self) -> tuple[tuple[str, Distance], ...]:
        """All three, each with what people call it."""
        return ("as it was", self.untouched), ("defaults", self.defaults), ("learnt", self.learnt)

    @property
    def beats_both(self) -> bool:
        """Whether what was learnt is nearer than doing nothing, and than the defaults, by every measure."""
        ours = self.learnt
        return all(
            ours.mfcc < other.mfcc and ours.wave < other.wave and ours.loss < other.loss
            for other in (self.untouched, self.defaults)
        )

    def table(self) -> str:
        """Return it in Markdown."""
        lines = ["| | MFCC cosine distance | mean abs. difference | loss |", "| --- | --- | --- | --- |"]
        lines += [f"| {name} | {one.mfcc:.4f} | {one.wave:.4f} | {one.loss:.3f} |" for name, one in self.rows]
        return "\n".join(lines)


def compared(result: Result, pairs: Sequence[Pair], smoothing: float = 0.2) -> Compared:
    """Measure a result.

    Args:
        result: what was learnt.
        pairs: of 1.9 s or more each.
        smoothing: of the knobs' curves, in seconds.
    """
    chain = Chain(result.plan, RATE, 1)
    way = Way(smoothing=smoothing)
    found: list[list[Distance]] = []
    examples: list[tuple[Mono, Mono]] = []
    for pair in pairs:
        curve = way.follow(curve_of(result.encoder, iter([pair.before])), result.plan.defaults)
        plain, learnt = heard(chain, pair.before, result.plan.defaults[None]), heard(chain, pair.before, curve)
        found.append([distance(sound, pair.after) for sound in (pair.before, plain, learnt)])
        examples = examples or [(plain, learnt)]
    untouched, defaults, learnt = (_mean(column) for column in zip(*found))
    return Compared(untouched, defaults, learnt, examples[0])


def heard(chain: Chain, sound: Mono, curve: Turns) -> Mono:
    """Return a sound of one channel through a chain from rest, ``(samples,)``, what is late made good."""
    chain.reset()
    made: Mono = np.concatenate(list(applied(chain, iter([sound[None]]), curve, RATE)), axis=1)[0].astype(np.float32)
    return made


def _mean(found: Sequence[Distance]) -> Distance:
    return Distance(*np.mean([[one.mfcc, one.wave, one.loss] for one in found], axis=0).tolist())
