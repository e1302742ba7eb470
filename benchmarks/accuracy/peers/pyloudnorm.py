"""pyloudnorm's integrated loudness; it has no true peak."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import soundfile

from benchmarks.accuracy.comparing import Method, Run

PACKAGE = "pyloudnorm"


def _loudness() -> Run:
    import pyloudnorm

    def run(wav: Path) -> Any:
        samples, rate = soundfile.read(wav, always_2d=True)
        return round(float(pyloudnorm.Meter(rate).integrated_loudness(samples)), 1), float("nan")

    return run


LOUDNESS = Method("pyloudnorm", PACKAGE, _loudness)
