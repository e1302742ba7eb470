"""Steered separation on the command line: both tracks, the course and the labels, and what cannot be asked for."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import soundfile

from tests.endpoints.tagbox.toys import tones
from tests.server.running import command

NAME = "harpist/steered-separation"


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (home / "stated.json").write_text("{}")
    stated = {"TEST_STATED": str(home / "stated.json"), "TEST_PREFIX": NAME}
    how = command("process", NAME, *arguments, home=home, module="tests.server.stems", **stated)
    return subprocess.run(how.pop("args"), capture_output=True, timeout=300, **how)


def test_both_tracks_lie_in_the_folder_and_the_opinion_is_said(tmp_path: Path) -> None:
    low, high = tones(1.0, 22050)
    soundfile.write(tmp_path / "take.wav", (low + high).numpy(), 22050, "PCM_24")
    ran = run(tmp_path, str(tmp_path / "take.wav"), "--out", str(tmp_path / "out"), "--set", "Bring out=Flute")
    assert ran.returncode == 0, ran.stderr
    assert "The tagger hears flute at" in ran.stdout + ran.stderr
    out = tmp_path / "out"
    stems = [
        soundfile.read(out / f"take-{name}.wav", dtype="int32")[0].astype(np.int64) for name in ("Flute", "The rest")
    ]
    assert np.array_equal(stems[0] + stems[1], soundfile.read(tmp_path / "take.wav", dtype="int32")[0])
    course = json.loads((out / "take-Course.json").read_text())
    assert course["heading"] == "What the tagger heard" and len(course["mask"]["values"]) == 24
    assert "flute" in (out / "take-labels.txt").read_text()
    refused = run(tmp_path, str(tmp_path / "take.wav"), "--out", str(out / "more"), "--set", "Own tags=banjo")
    assert refused.returncode == 1 and "“banjo” is no tag of the tagger; it knows ambient" in refused.stderr
