"""The chains that a user may let learn from a pair of their own: as data, which is read without a library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from endpoints.deepafx.schedule import Method


@dataclass(frozen=True)
class MatchChain:
    """One of them.

    Attributes:
        name: what the user reads.
        plugins: as :func:`endpoints.deepafx.chain.plan_of_data` takes them; none: ``file`` has them.
        method: where gradients come from.
        file: as :func:`endpoints.deepafx.chain.read_plan` takes it.
    """

    name: str
    plugins: tuple[dict[str, Any], ...] = ()
    method: Method = "exact"
    file: Path | None = None


def _range(low: float, high: float, default: float) -> dict[str, float]:
    return {"minimum": low, "maximum": high, "default": default}


_EQUALISER = {
    "name": "Equaliser",
    "uri": "harpist:parametric-equaliser",
    "learn": {
        "low_gain": _range(-12, 12, 0),
        "gain_1": _range(-12, 12, 0),
        "gain_2": _range(-12, 12, 0),
        "gain_3": _range(-12, 12, 0),
        "high_gain": _range(-12, 12, 0),
    },
}
_COMPRESSOR = {
    "name": "Compressor",
    "uri": "harpist:compressor",
    "learn": {
        "threshold": _range(-50, 0, -20),
        "ratio": _range(1, 12, 1),
        "output": _range(-12, 24, 0),
    },
    "fixed": {"attack": 10.0, "release": 120.0},
}
_MULTIBAND = {
    "name": "Multiband",
    "uri": "harpist:multiband-compressor",
    "learn": {
        **{f"threshold_{band}": _range(-50, 0, -20) for band in range(1, 5)},
        **{f"ratio_{band}": _range(1, 8, 1) for band in range(1, 5)},
        **{f"gain_{band}": _range(-12, 12, 0) for band in range(1, 5)},
    },
}
_LIMITER = {
    "name": "Limiter",
    "uri": "harpist:limiter",
    "learn": {"input": _range(-12, 24, 0)},
    "fixed": {"ceiling": 0.0},
}

MASTERING = MatchChain("Mastering: equaliser, compressor, limiter", (_EQUALISER, _COMPRESSOR, _LIMITER))
MULTIBAND = MatchChain("Mastering: multiband compressor, limiter", (_MULTIBAND, _LIMITER))
TONE = MatchChain("Tone: equaliser", (_EQUALISER,))
DYNAMICS = MatchChain("Dynamics: compressor", (_COMPRESSOR,))

_LV2 = Path(__file__).parent / "chains" / "lv2"
LV2_MASTERING = MatchChain(
    "LV2: Calf multiband compressor, LSP equaliser and limiter", (), "spsa", _LV2 / "mastering.toml"
)
LV2_COMPRESSOR = MatchChain("LV2: Calf multiband compressor", (), "spsa", _LV2 / "distortion.toml")
LV2_GATE = MatchChain("LV2: Calf multiband gate", (), "spsa", _LV2 / "nonspeech.toml")

CHAINS = (MASTERING, MULTIBAND, TONE, DYNAMICS, LV2_MASTERING, LV2_COMPRESSOR, LV2_GATE)


def chain_of(name: str, uri: str) -> MatchChain:
    """Return a chain of one plugin of the server, of which all is learnt that can be turned by a little."""
    return MatchChain(name, ({"uri": uri, "name": name},), "spsa")
