"""How near a result comes on pairs that it did not learn from, beside nothing and the effects at their defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        usual: of one setting as it is often made by hand, where there is one to compare with.
    """

    untouched: Distance
    defaults: Distance
    learnt: Distance
    examples: tuple[Mono, Mono]
    usual: Distance | None = None

    @property
    def rows(self) -> tuple[tuple[str, Distance], ...]:
        """All, each with what people call it."""
        usual = (("a usual setting", self.usual),) if self.usual else ()
        return ("as it was", self.untouched), ("defaults", self.defaults), *usual, ("learnt", self.learnt)

    def weakest_by(self, waves: bool = True) -> str:
        """Return the measures by which something else is as near as what was learnt; empty where there is none.

        Args:
            waves: the mean difference of the waves counts, which a turned phase makes large and nobody hears.
        """
        named = {"mfcc": "MFCC cosine distance", **({"wave": "mean abs. difference"} if waves else {}), "loss": "loss"}
        return " and the ".join(
            words
            for name, words in named.items()
            if any(getattr(other, name) <= getattr(self.learnt, name) for _, other in self.rows[:-1])
        )

    def table(self) -> str:
        """Return it in Markdown."""
        lines = ["| | MFCC cosine distance | mean abs. difference | loss |", "| --- | --- | --- | --- |"]
        lines += [f"| {name} | {one.mfcc:.4f} | {one.wave:.4f} | {one.loss:.3f} |" for name, one in self.rows]
        return "\n".join(lines)


def compared(
    result: Result, pairs: Sequence[Pair], smoothing: float = 0.2, usual: Mapping[str, float] | None = None
) -> Compared:
    """Measure a result.

    Args:
        result: what was learnt.
        pairs: of 1.9 s or more each.
        smoothing: of the knobs' curves, in seconds.
        usual: values by knob of a setting to compare with; those that the chain has not are left out.
    """
    still = [result.plan.defaults] + ([result.plan.turns(usual)] if usual else [])
    chain = Chain(result.plan, RATE, 1)
    way = Way(smoothing=smoothing)
    found: list[list[Distance]] = []
    examples: list[tuple[Mono, Mono]] = []
    for pair in pairs:
        curve = way.follow(curve_of(result.encoder, iter([pair.before])), result.plan.defaults)
        made = [heard(chain, pair.before, turns) for turns in (*(at[None] for at in still), curve)]
        found.append([distance(sound, pair.after) for sound in (pair.before, *made)])
        examples = examples or [(made[0], made[-1])]
    untouched, defaults, *by_hand, learnt = (_mean(column) for column in zip(*found))
    return Compared(untouched, defaults, learnt, examples[0], by_hand[0] if by_hand else None)


def heard(chain: Chain, sound: Mono, curve: Turns) -> Mono:
    """Return a sound of one channel through a chain from rest, ``(samples,)``, what is late made good."""
    chain.reset()
    made: Mono = np.concatenate(list(applied(chain, iter([sound[None]]), curve, RATE)), axis=1)[0].astype(np.float32)
    return made


def _mean(found: Sequence[Distance]) -> Distance:
    return Distance(*np.mean([[one.mfcc, one.wave, one.loss] for one in found], axis=0).tolist())
