"""Soundfonts as a user meets them: a choice of a server, and of the command line, in the sandbox."""

from __future__ import annotations

import io
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from app.plugins.own import own_endpoints
from app.plugins.soundfonts import with_soundfonts
from app.sources import IN_PYTHON, SOUNDFONTS
from tests.endpoints.midi_synth.small_soundfont import TONE, soundfont
from tests.endpoints.midi_synth.sounding import hertz
from tests.midi.pieces import file, scale
from tests.server.harp import begin, call, fetch, upload
from tests.server.running import command
from tests.serving import Site, site
from tests.soundfonts import needs_fluidsynth

pytestmark = needs_fluidsynth

NAME = "harpist/midi-synth"


@pytest.fixture(scope="module")
def font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fonts") / "Small.sf2"
    path.write_bytes(soundfont())
    return path


@pytest.fixture
def served(font: Path, tmp_path: Path) -> Iterator[Site]:
    # A copy of its own, which a test may break.
    own = tmp_path / font.name
    own.write_bytes(font.read_bytes())
    [plain] = own_endpoints({NAME: IN_PYTHON[NAME]}, tmp_path / "kept.json", 60.0, print)
    spec = with_soundfonts(plain, [str(own)], SOUNDFONTS[NAME], 60.0, print)
    with site(tmp_path / "home", [spec], workers=1) as server:
        yield server


def song(folder: Path, pitches: tuple[int, ...] = (69, 69), ticks: int = 480) -> Path:
    path = folder / "song.mid"
    path.write_bytes(file(scale(pitches, ticks=ticks)))
    return path


def test_a_soundfont_is_chosen_and_heard(served: Site, tmp_path: Path) -> None:
    url = f"{served.url}/models/{NAME}"
    _, [record] = call(url, "controls", [])
    assert [item["label"] for item in record["inputs"]][:2] == ["Input MIDI", "Soundfont"]
    assert record["inputs"][1]["choices"] == [["Built in", "Built in"], ["Small", "Small"]]
    values = {item["label"]: item.get("value") for item in record["inputs"]}
    sent = upload(url, song(tmp_path))

    def process(**changes: object) -> tuple[np.ndarray, int]:
        kind, data = call(url, "process", list({**values, "Input MIDI": sent, **changes}.values()))
        assert kind == "complete", data
        return soundfile.read(io.BytesIO(httpx.get(data[0]["url"]).content), dtype="float32", always_2d=True)

    for name, rate in (("44.1 kHz", 44100), ("48 kHz", 48000)):
        sound, found = process(**{"Soundfont": "Small", "Sample rate": name, "Tail": 1.5})
        assert found == rate and sound.shape == (round(2.5 * rate), 2)
        assert hertz(sound.T, 0.05, 0.45, rate) == pytest.approx(TONE, rel=0.001)
    builtin, _ = process()
    assert hertz(builtin.T, 0.05, 0.45) == pytest.approx(440.0, rel=0.001)
    loud, _ = process(**{"Soundfont": "Small", "Gain": 20.0})
    assert float(np.abs(loud).max()) > 1.0, "kept as 32-bit float, not cut off"

    (tmp_path / "Small.sf2").write_bytes(b"no soundfont any more")
    kind, data = call(url, "process", list({**values, "Input MIDI": sent, "Soundfont": "Small"}.values()))
    expected = "“Small” is not a soundfont; a SoundFont 2 or 3 file (.sf2, .sf3) is expected."
    assert (kind, data["error"]) == ("error", expected)
    assert process()[1] == 44100, "the built-in one plays on"


def test_a_long_file_tells_its_progress_and_is_cancelled(served: Site, tmp_path: Path) -> None:
    url = f"{served.url}/models/{NAME}"
    _, [record] = call(url, "controls", [])
    values = {item["label"]: item.get("value") for item in record["inputs"]}
    sent = upload(url, song(tmp_path, (60,) * 3, 960 * 3000))
    event = begin(url, "process", list({**values, "Input MIDI": sent, "Soundfont": "Small"}.values()))
    served.wait(lambda: any(job.update.fraction > 0 for job in list(served.service._jobs.values())), 60.0)
    began = time.monotonic()
    assert call(url, "cancel", [])[0] == "complete"
    assert fetch(event)[0] == "error"
    assert time.monotonic() - began < 10.0
    served.wait(lambda: served.open_jobs() == 0)


@pytest.mark.slow
def test_the_command_line_has_it_too(font: Path, bundled_home: Path, tmp_path: Path) -> None:
    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        how = command(
            "process", NAME, str(song(tmp_path)), "--out", str(tmp_path / "out"), "--overwrite", *arguments,
            home=bundled_home, **environment,
        )  # fmt: skip
        return subprocess.run(**how, capture_output=True, timeout=180, check=False)

    done = run("--soundfont", str(font), "--soundfont", str(tmp_path / "gone.sf2"), "--set", "Soundfont=Small")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        f"harpist: left out the soundfont {tmp_path / 'gone.sf2'}: there is no such file."
    ]
    sound, rate = soundfile.read(done.stdout.strip(), dtype="float32")
    assert hertz(sound.T, 0.05, 0.45, rate) == pytest.approx(TONE, rel=0.001)
    assert run("--set", "Soundfont=Small", HARPIST_SOUNDFONT=str(font)).returncode == 0
    refused = run("--soundfont", str(font), "--set", "Soundfont=Large")
    assert refused.returncode == 1
    assert "Soundfont expects one of “Built in”, “Small”, not “Large”." in refused.stderr
