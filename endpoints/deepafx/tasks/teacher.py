"""What was learnt with the effects that come along, said in the knobs of plugins: where learning with these begins.

SPSA sees little of fifty knobs at once, and from neutral ones it finds nothing within an hour. An encoder that learnt
the same task by exact gradients knows most of it already: its turns are put into words of the plugins, roughly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from endpoints.deepafx.chain import ChainPlan
from endpoints.deepafx.encoder import RATE, log_mel
from endpoints.deepafx.folder import read_result
from endpoints.effects.torch_set.parametric_equaliser import ParametricEqualiser

TRAINED = Path(__file__).parent.parent / "trained"

_BANDS = range(4)
_LSP_BANDS = tuple(1000 * 2 ** (n / 3) for n in range(-18, 14))
"""Hz, of the 32 bands of LSP's equaliser, a third of an octave apart."""
_SHARE = 0.6
"""Of a band's decibels, since its neighbours sound in it."""

Said = Sequence[Mapping[str, float]]
"""Values of each effect of a chain, by parameter."""


@dataclass(frozen=True)
class Teacher:
    """Something learnt, and its translation.

    Attributes:
        folder: of what was learnt.
        translated: values of plugins, by effect/parameter, of what the folder's chain was set to.
    """

    folder: Path
    translated: Callable[[Said], dict[str, float]]

    def turns_for(self, plan: ChainPlan) -> Callable[[Tensor], Tensor]:
        """Return what tells the turns of a chain of plugins, ``(items, knobs)``, for sounds ``(items, 40960)``.

        Raises:
            FolderError: the folder cannot be read.
        """
        learnt = read_result(self.folder)

        def turns(heard: Tensor) -> Tensor:
            with torch.no_grad():
                found = learnt.encoder(log_mel(heard)).double().numpy()
            said = [plan.turns(self.translated(learnt.plan.values(one))) for one in found]
            return torch.from_numpy(np.clip(np.stack(said), 0, 1)).float()

        return turns


def _factor(decibels: float, low: float = -36.0, high: float = 36.0) -> float:
    return float(10 ** (min(max(decibels, low), high) / 20))


def _splits(effect: str, highest: float) -> dict[str, float]:
    """Return crossover frequencies that turn the phase of voices and notes least: as far out as the ranges go."""
    return {f"{effect}/freq0": 10.0, f"{effect}/freq1": 3000.0, f"{effect}/freq2": highest}


def _gate(said: Said) -> dict[str, float]:
    (gate,) = said
    of_all = {"threshold": _factor(gate["threshold"], -60.0), "range": _factor(-gate["range"], -80.0)}
    return {
        **_splits("gate", 10_000.0),
        **{f"gate/{name}{band}": value for band in _BANDS for name, value in of_all.items()},
    }


def _valve(said: Said) -> dict[str, float]:
    """A compressor that follows at once, above the level from which the curve bends, as a curve."""
    saturation, compressor = said
    found = {**_splits("compressor", 8000.0), "compressor/level_in": 1.0}
    for band in _BANDS:
        gain = saturation["output"] + compressor[f"gain_{band + 1}"] + compressor["output"]
        values = {"threshold": _factor(3.0 - saturation["drive"]), "ratio": 3.0, "makeup": _factor(gain, 0.0)}
        found |= {f"compressor/{name}{band}": value for name, value in (values | {"knee": 8.0}).items()}
    return found


def _master(said: Said) -> dict[str, float]:
    """The gain comes first as far as it goes, then as what the compressor makes good, then last."""
    equaliser, compressor, limiter = said
    first = min(equaliser["output"], 12.0)
    makeup = min(max(equaliser["output"] - first, 0.0), 14.0)
    last = equaliser["output"] - first - makeup + compressor["output"]
    of_all = {"threshold": _factor(compressor["threshold"]), "ratio": compressor["ratio"], "makeup": _factor(makeup)}
    return {
        **_splits("compressor", 10_000.0),
        "compressor/level_in": _factor(first),
        **{f"compressor/{name}{band}": value for band in _BANDS for name, value in of_all.items()},
        "equaliser/g_out": _factor(last, -80.0, 12.0),
        **{f"equaliser/g_{n}": _factor(_SHARE * level, -36.0, 13.9) for n, level in enumerate(_curve(equaliser))},
        "limiter/th": _factor(limiter["ceiling"]),
    }


def _curve(values: Mapping[str, float]) -> list[float]:
    """Return what a parametric equaliser does at the bands of LSP's, in dB, its gain left out."""
    equaliser = ParametricEqualiser(RATE, 1)
    knobs = {p.name: torch.tensor([values.get(p.name, p.default)]).double() for p in equaliser.parameters}
    at = torch.tensor(_LSP_BANDS).clamp(max=0.475 * RATE)
    response = equaliser.sections(knobs).response(at, RATE)
    levels: list[float] = (20 * torch.log10(response.abs())).sum(0)[0].tolist()
    return levels


GATE = Teacher(TRAINED / "nonspeech", _gate)
VALVE = Teacher(TRAINED / "distortion", _valve)
MASTER = Teacher(TRAINED / "mastering", _master)
