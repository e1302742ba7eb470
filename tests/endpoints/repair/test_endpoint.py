"""Repair from file to file: damage of which the original is known, and sound that is not damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from app.endpoint import Region, TrackFile
from app.errors import JobCancelledError
from endpoints.repair.repair import AUTOMATIC, EUROPE, OFF, Repair
from tests.endpoints.repair.sounds import RATE, bass, chords, distorted, drums, moments, sdr, square, trumpet
from tests.endpoints.watched import Watched

DEFAULTS = {"clicks": 50, "clipping": True, "hum": AUTOMATIC, "offset": True}
NOTHING = "No such damage was found, and the sound is as it was."


def process(path: Path, job: Watched | None = None, **controls: Any) -> Any:
    endpoint, folder = Repair(), path.parent / "out"
    folder.mkdir(exist_ok=True)
    endpoint.setup("cpu")
    [made] = endpoint.process(Region((TrackFile(path, path.name),), folder), {**DEFAULTS, **controls}, job or Watched())
    return made


def written(folder: Path, sound: np.ndarray, subtype: str = "PCM_24") -> Path:
    soundfile.write(folder / "in.wav", sound, RATE, subtype)
    return folder / "in.wav"


@pytest.mark.parametrize(
    "sound",
    [chords(), drums(), trumpet(), square(110.7), square(40.3), distorted(False), distorted(True), bass()],
    ids=["chords", "drums", "trumpet", "square", "low square", "distorted", "through a loudspeaker", "bass"],
)
def test_what_is_not_damaged_comes_back_as_it_was(sound: np.ndarray, tmp_path: Path) -> None:
    source = written(tmp_path, sound, "PCM_16")
    made = process(source)
    assert made.notice == NOTHING
    assert np.array_equal(soundfile.read(made.path, dtype="int16")[0], soundfile.read(source, dtype="int16")[0])


def test_clicks_are_mended_and_nothing_else_is_touched(tmp_path: Path) -> None:
    whole, generator = chords(), np.random.default_rng(5)
    damaged = whole.copy()
    for at in np.linspace(3000, len(whole) - 3000, 25).astype(int):
        damaged[at : at + generator.integers(1, 7)] += 0.25 * generator.choice([-1, 1])
    made = process(written(tmp_path, np.stack((damaged, whole), 1)))
    sound = soundfile.read(made.path)[0]
    before = soundfile.read(tmp_path / "in.wav")[0]
    assert made.notice.endswith(" clicks.") and 21 <= int(made.notice.split()[3]) <= 25
    assert sdr(whole, sound[:, 0]) > sdr(whole, damaged) + 15
    assert np.array_equal(sound[:, 1], before[:, 1])
    assert np.count_nonzero(sound[:, 0] != before[:, 0]) < 25 * 40
    assert process(tmp_path / "in.wav", clicks=0).notice == NOTHING


def test_of_crackle_the_louder_clicks_are_mended(tmp_path: Path) -> None:
    """Of many clicks some lie as far from each other as pulses of a tone do, by chance."""
    whole, generator = chords(), np.random.default_rng(5)
    damaged = whole.copy()
    for at in generator.integers(100, len(whole) - 100, 300):
        damaged[at : at + generator.integers(1, 4)] += generator.uniform(0.03, 0.1) * generator.choice([-1, 1])
    made = process(written(tmp_path, damaged))
    assert int(made.notice.split()[3]) > 70
    assert sdr(whole, soundfile.read(made.path)[0]) > sdr(whole, damaged) + 1.5


def test_clipping_is_undone_and_louder_than_the_format_holds_is_kept(tmp_path: Path) -> None:
    whole = 2.5 * chords(1.5)
    damaged = np.clip(whole, -0.8, 0.8)
    made = process(written(tmp_path, damaged))
    sound, before = soundfile.read(made.path)[0], soundfile.read(tmp_path / "in.wav")[0]
    clipped = np.abs(before) >= 0.799999
    assert f"{np.count_nonzero(clipped):,} clipped samples in" in made.notice
    assert np.abs(sound - before)[~clipped].max() < 1e-6
    assert sdr(whole, sound) > sdr(whole, damaged) + 6
    assert soundfile.info(made.path).subtype == "FLOAT" and np.abs(sound).max() > 1


def test_a_click_that_was_cut_off_is_no_clipping(tmp_path: Path) -> None:
    """It reaches the level, as clipped peaks do; taken for one, it would become louder."""
    whole, at = 2.5 * chords(1.5), 17_000
    damaged = np.clip(whole, -0.8, 0.8)
    damaged[at : at + 2] = 0.8
    assert np.abs(whole[at - 60 : at + 60]).max() < 0.6
    made = process(written(tmp_path, damaged))
    sound = soundfile.read(made.path)[0]
    assert "1 click;" in made.notice and "clipped samples in" in made.notice
    assert np.abs(sound - whole)[at - 60 : at + 60].max() < 0.02


def test_hum_and_offset_are_taken_away(tmp_path: Path) -> None:
    t, whole = moments(6.0), chords(6.0)
    hum = 0.03 * sum(np.cos(2 * np.pi * 49.97 * k * t + k) / k for k in (1, 2, 3, 5))
    made = process(written(tmp_path, whole + hum + 0.02))
    sound = soundfile.read(made.path)[0]
    assert "hum of 49.97 Hz with " in made.notice and "a DC offset of -34 dB" in made.notice
    assert sdr(whole, sound) > sdr(whole, whole + hum) + 15
    assert process(tmp_path / "in.wav", hum=OFF, offset=False).notice == NOTHING


def test_bass_beside_the_mains_stays_where_hum_is_taken_away(tmp_path: Path) -> None:
    t, whole = moments(9.0), bass(9.0)
    hum = 0.02 * (np.sin(2 * np.pi * 50 * t) + np.sin(2 * np.pi * 100 * t))
    made = process(written(tmp_path, whole + hum), hum=EUROPE, clicks=0)
    assert "hum of 50.0" in made.notice or "hum of 49.9" in made.notice
    assert sdr(whole, soundfile.read(made.path)[0]) > sdr(whole, whole + hum) + 3


@pytest.mark.parametrize("samples", [1, 3, 200])
def test_the_shortest_sounds_come_back(samples: int, tmp_path: Path) -> None:
    made = process(written(tmp_path, chords()[:samples]))
    assert soundfile.info(made.path).frames == samples and made.notice == NOTHING


def test_a_cancel_ends_it(tmp_path: Path) -> None:
    with pytest.raises(JobCancelledError):
        process(written(tmp_path, chords()), Watched(0.6))
    assert list((tmp_path / "out").iterdir()) == []
