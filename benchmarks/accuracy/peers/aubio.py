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
        samples, found = mono(wav, _RATE), []
        for start in range(0, len(samples) - _HOP + 1, _HOP):
            if detector(samples[start : start + _HOP]):
                found.append(detector.get_last_s())
        return np.array(found)

    return run


BEATS = Method("aubio", PACKAGE, lambda: _times("tempo"))
ONSETS = Method("aubio", PACKAGE, lambda: _times("onset"))
