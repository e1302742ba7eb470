"""Loudness (EBU R 128) beside ffmpeg's meter, which is nobody's here: by how much others differ from it."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.accuracy.comparing import OURS, Case, Method, Report, Scores, compare
from benchmarks.accuracy.endpoints_in_python import opened
from benchmarks.accuracy.peers import pyloudnorm
from benchmarks.accuracy.tasks.setting import Setting

_INTEGRATED = re.compile(r"Integrated loudness: *(-?[\d.]+) LUFS")
_PEAK = re.compile(r"True peak: *([+-]?[\d.]+) dBTP")
_METER = (re.compile(r"I: +(-?[\d.]+) LUFS"), re.compile(r"Peak: +(-?[\d.]+) dBFS"))


def loudness(setting: Setting) -> Report:
    """Compare meters of loudness and true peak; all of them are written down to a tenth."""
    program = shutil.which("ffmpeg")
    if program is None:
        return Report(notes=["ffmpeg is not installed (Debian's package ffmpeg): loudness was not measured."])
    cases = [Case(piece.name, piece.wav, _by_ffmpeg(program, piece.wav)) for piece in setting.pieces()]
    methods = setting.methods(Method(OURS, "", _measured), (pyloudnorm.LOUDNESS,))
    return compare("Loudness", cases, methods, _score, "LU from ffmpeg's", high_is_bad=True)


def _by_ffmpeg(program: str, wav: Path) -> tuple[float, float]:
    """Return integrated loudness (LUFS) and true peak (dBTP)."""
    command = [program, "-hide_banner", "-nostats", "-i", str(wav), "-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    level, peak = (float(pattern.findall(said)[-1]) for pattern in _METER)
    return level, peak


def _measured() -> Callable[[Path], tuple[float, float]]:
    from app.endpoint import TextOutput

    send = opened("endpoints.loudness.report:LoudnessReport")

    def run(wav: Path) -> tuple[float, float]:
        with tempfile.TemporaryDirectory() as scratch:
            outputs = send(wav, Path(scratch))
        text = next(output.text for output in outputs if isinstance(output, TextOutput))
        level, peak = (float(pattern.findall(text)[0]) for pattern in (_INTEGRATED, _PEAK))
        return level, peak

    return run


def _score(case: Case, found: Any) -> Scores:
    level, peak = (abs(own - true) for own, true in zip(found, case.truth))
    return {"LU from ffmpeg's": level, "dB from ffmpeg's true peak": peak}
