"""Pitch shift, time stretch and repair on the command line, as a person runs them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from app.provenance.stamping import provenance_in
from tests.server.in_process import run_here

RATE = 22050


def test_each_makes_of_a_take_what_its_settings_say(bundled_home: Path, tmp_path: Path) -> None:
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    tone[5000::4000] += 0.4
    soundfile.write(tmp_path / "my take.wav", np.stack([tone] * 2, 1), RATE, "PCM_24")
    for name, settings, said, frames, hertz in (
        ("pitch-shift", ("semitones=12", "method=Phase vocoder"), "", RATE, 880.0),
        ("time-stretch", ("length=50",), "By ", RATE // 2, 440.0),
        ("repair", ("clicks=60",), "Found and mended: 10 clicks.", RATE, 440.0),
    ):
        chosen = [word for setting in settings for word in ("--set", setting)]
        ran = run_here(bundled_home, "process", name, str(tmp_path / "my take.wav"), "--out", str(tmp_path), *chosen)
        assert ran.returncode == 0 and said in ran.stderr, ran.stderr
        path = Path(ran.stdout.strip())
        sound, rate = soundfile.read(path)
        assert (rate, sound.shape, soundfile.info(path).subtype) == (RATE, (frames, 2), "PCM_24")
        crossings = np.count_nonzero(np.diff(np.signbit(sound[500:-500, 0])))
        assert abs(crossings / 2 / ((frames - 1000) / RATE) / hertz - 1) < 0.02
        told = provenance_in(path)[1]
        assert told is not None and told.model == f"harpist/{name}" and not told.generated
    wrong = run_here(bundled_home, "process", "time-stretch", str(tmp_path / "my take.wav"), "--set", "length=401")
    assert wrong.returncode != 0 and "Length expects a number from 25 to 400 (percent), not 401." in wrong.stderr
