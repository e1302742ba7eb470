"""aubio's beat tracker and onset detector with their defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.comparing import Method, Run
from benchmarks.accuracy.peers.reading import mono

PACKAGE = "aubio-ledfx"
_RATE, _HOP = 44_100, 512


def _times(kind: str) -> Run:
    import aubio

    def run(wav: Path) -> Any:
        detector = getattr(aubio, kind)("default", 2 * _HOP, _HOP, _RATE)
        samples = mono(wav, _RATE)
        hops = range(0, len(samples) - _HOP + 1, _HOP)
        return np.array([detector.get_last_s() for start in hops if detector(samples[start : start + _HOP])])

    return run


BEATS = Method("aubio", PACKAGE, lambda: _times("tempo"))
ONSETS = Method("aubio", PACKAGE, lambda: _times("onset"))
