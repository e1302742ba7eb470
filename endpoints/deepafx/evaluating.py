"""How near a result comes on pairs that it did not learn from, beside nothing and the effects at their defaults."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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

    def weakest_by(self) -> str:
        """Return the measures by which something else is as near as what was learnt; empty where there is none.

        The mean difference counts in phase: crossovers turn the phase, which makes it large whatever else is heard.
        """
        named = {"mfcc": "MFCC cosine distance", "in_phase": "mean abs. difference", "loss": "loss"}
        return " and the ".join(
            words
            for name, words in named.items()
            if any(getattr(other, name) <= getattr(self.learnt, name) for _, other in self.rows[:-1])
        )

    def table(self) -> str:
        """Return it in Markdown; what the waves are in phase where that is something else."""
        apart = any(one.in_phase != one.wave for _, one in self.rows)
        named = ["MFCC cosine distance", "mean abs. difference", *(["in phase"] if apart else []), "loss"]
        lines = [f"| | {' | '.join(named)} |", "| --- " * (len(named) + 1) + "|"]
        for name, one in self.rows:
            phased = f" {one.in_phase:.4f} |" if apart else ""
            lines.append(f"| {name} | {one.mfcc:.4f} | {one.wave:.4f} |{phased} {one.loss:.3f} |")
        return "\n".join(lines)


def compared(
    result: Result,
    pairs: Sequence[Pair],
    smoothing: float = 0.2,
    usual: Mapping[str, float] | None = None,
    crossovers: Collection[str] = (),
) -> Compared:
    """Measure a result.

    Args:
        result: what was learnt.
        pairs: of 1.9 s or more each.
        smoothing: of the knobs' curves, in seconds.
        usual: values by knob of a setting to compare with; those that the chain has not are left out.
        crossovers: knobs that turn the phase also where the effects do nothing else. In phase, a sound is compared
            with its target behind the same crossovers, all other knobs at their defaults.
    """
    turning = np.isin(result.plan.knobs, [*crossovers])
    still = [result.plan.defaults] + ([result.plan.turns(usual)] if usual else [])
    chain = Chain(result.plan, RATE, 1)
    way = Way(smoothing=smoothing)
    found: list[list[Distance]] = []
    examples: list[tuple[Mono, Mono]] = []
    for pair in pairs:
        curve = way.follow(curve_of(result.encoder, iter([pair.before])), result.plan.defaults)
        curves = [*(at[None] for at in still), curve]
        made = [heard(chain, pair.before, turns) for turns in curves]
        found.append([distance(pair.before, pair.after)])
        for sound, turns in zip(made, curves):
            alone = np.where(turning, turns, result.plan.defaults)
            found[-1].append(distance(sound, pair.after, heard(chain, pair.after, alone) if turning.any() else None))
        examples = examples or [(made[0], made[-1])]
    untouched, defaults, *by_hand, learnt = (_mean(column) for column in zip(*found))
    return Compared(untouched, defaults, learnt, examples[0], by_hand[0] if by_hand else None)


def heard(chain: Chain, sound: Mono, curve: Turns) -> Mono:
    """Return a sound of one channel through a chain from rest, ``(samples,)``, what is late made good."""
    chain.reset()
    made: Mono = np.concatenate(list(applied(chain, iter([sound[None]]), curve, RATE)), axis=1)[0].astype(np.float32)
    return made


def _mean(found: Sequence[Distance]) -> Distance:
    return Distance(*np.mean([[one.mfcc, one.wave, one.in_phase, one.loss] for one in found], axis=0).tolist())
