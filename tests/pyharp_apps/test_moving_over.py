"""The page on moving over: its app and its commands, as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from tests.server.harp import call, upload
from tests.server.running import run_server

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "pyharp.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    """Return the arguments of every command of ours on the page."""
    return [shlex.split(line) for line in re.findall(r"^\$ harpist (.*)$", PAGE, re.MULTILINE)]


@pytest.mark.slow
def test_an_app_is_moved_over(bundled_home: Path, tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "louder").mkdir()
    (tmp_path / "louder" / "app.py").write_text(code)
    wave = np.linspace(-0.5, 0.5, 8000)
    soundfile.write(tmp_path / "song.wav", wave, 16000, "PCM_24")
    process, *serves = commands()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HARPIST_HOME": str(bundled_home)}
    done = subprocess.run(
        [sys.executable, "-m", "app", *process],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and done.stdout == "results/song-Output Audio.wav\n", done.stderr
    samples, rate = soundfile.read(tmp_path / "results" / "song-Output Audio.wav")
    assert rate == 16000 and np.abs(samples - wave * 10 ** (-12 / 20)).max() < 1e-6

    known = {"/srv/weights": tmp_path / "weights", "/srv/cache": tmp_path / "cache"}
    for folder in known.values():
        folder.mkdir()
    everything = dict.fromkeys(argument for serve in serves for argument in serve[3:] if argument != "--permit")
    given = [re.sub(r"/srv/\w+", lambda found: str(known[found[0]]), argument) for argument in everything]
    assert len(serves) == 5 and len(given) == 4
    permits = [flag for permit in given for flag in ("--permit", permit)]
    app = str(tmp_path / "louder" / "app.py")
    with run_server(bundled_home, "--pyharp-app", app, *permits) as server:
        url = f"{server.url}/models/local/louder"
        assert any(line.strip() == url for line in server.lines)
        sentence = "local/louder may use what the sandbox else takes away: network, processes, writing to"
        assert any(sentence in line for line in server.lines)
        kind, data = call(url, "controls", [])
        assert kind == "complete" and data[0]["card"]["name"] == "Louder"
        page = httpx.get(f"{url}/", timeout=120)
        assert page.status_code == 200 and "Louder" in page.text
        path = upload(url, tmp_path / "song.wav")
        kind, data = call(url, "process", [path, -6.0])
        assert kind == "complete" and httpx.get(data[0]["url"]).content[:4] == b"RIFF"
        kind, data = call(url, "process", [path, 0.0])
        assert kind == "error" and data["error"] == "At 0 dB there is nothing to do; move the slider."
