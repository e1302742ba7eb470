"""Both endpoints, from file to file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from app.endpoint import Region, TrackFile
from app.errors import JobCancelledError, ModelRunError
from endpoints.time_pitch import rubber_band
from endpoints.time_pitch.methods import AUTOMATIC, OURS, THEIRS
from endpoints.time_pitch.pitch_shift import PitchShift
from endpoints.time_pitch.time_stretch import TimeStretch
from tests.endpoints.time_pitch.sounds import RATE, frequency, needs_rubber_band, seconds
from tests.endpoints.watched import Watched

SHIFT = {"semitones": 0, "cents": 0, "formants": False, "method": OURS}


def written(path: Path, samples: np.ndarray, **how: Any) -> Path:
    soundfile.write(path, samples.T, RATE, **how)
    return path


def process(endpoint: Any, path: Path, folder: Path, controls: dict[str, Any], job: Watched | None = None) -> Any:
    folder.mkdir(exist_ok=True)
    endpoint.setup("cpu")
    return endpoint.process(Region((TrackFile(path, path.name),), folder), controls, job or Watched())[0]


def tone(channels: int = 2, length: float = 1.0) -> np.ndarray:
    return np.stack([0.4 * np.sin(2 * np.pi * 440 * seconds(length))] * channels).astype(np.float32)


def test_a_region_is_shifted_in_its_own_length_and_format(tmp_path: Path) -> None:
    source, job = written(tmp_path / "in.flac", tone(), subtype="PCM_24"), Watched()
    made = process(PitchShift(), source, tmp_path / "out", {**SHIFT, "semitones": -12, "cents": 50}, job)
    info = soundfile.info(made.path)
    assert (info.frames, info.samplerate, info.channels, info.subtype) == (RATE, RATE, 2, "PCM_24")
    assert frequency(soundfile.read(made.path)[0][:, 1]) == pytest.approx(440 * 2 ** (-11.5 / 12), rel=1e-4)
    assert job.told == sorted(job.told) and len(job.told) > 3


@pytest.mark.parametrize(("length", "samples"), [(25, 11025), (123.4, 54419), (400, 176400)])
def test_a_region_is_stretched_to_the_sample(length: float, samples: int, tmp_path: Path) -> None:
    source = written(tmp_path / "in.wav", tone())
    made = process(TimeStretch(), source, tmp_path / "out", {"length": length, "method": OURS})
    sound = soundfile.read(made.path)[0]
    assert sound.shape == (samples, 2)
    assert frequency(sound[:, 0]) == pytest.approx(440, rel=1e-3)


def test_nothing_asked_is_nothing_changed(tmp_path: Path) -> None:
    source = written(tmp_path / "in.wav", tone(), subtype="PCM_24")
    for endpoint, controls in ((PitchShift(), SHIFT), (TimeStretch(), {"length": 100, "method": AUTOMATIC})):
        made = process(endpoint, source, tmp_path / "out", controls)
        assert np.array_equal(soundfile.read(made.path, dtype="int32")[0], soundfile.read(source, dtype="int32")[0])
        assert made.notice == "Nothing was to be changed, so the sound is as it was."


def test_cue_points_go_where_the_length_changes_and_stay_where_it_does_not(tmp_path: Path) -> None:
    source = written(tmp_path / "in.wav", tone())
    cue = b"cue " + (28).to_bytes(4, "little") + (1).to_bytes(4, "little") + bytes(24)
    name = b"LIST" + (18).to_bytes(4, "little") + b"INFOINAM" + (6).to_bytes(4, "little") + b"Take 1"
    content = source.read_bytes() + cue + name
    source.write_bytes(content[:4] + (len(content) - 8).to_bytes(4, "little") + content[8:])
    shifted = process(PitchShift(), source, tmp_path / "out", {**SHIFT, "semitones": 3}).path.read_bytes()
    stretched = process(TimeStretch(), source, tmp_path / "out", {"length": 50, "method": OURS}).path.read_bytes()
    assert b"cue " in shifted and b"Take 1" in shifted
    assert b"cue " not in stretched and b"Take 1" in stretched


def test_a_cancel_ends_it(tmp_path: Path) -> None:
    source = written(tmp_path / "in.wav", tone(1, 4.0))
    with pytest.raises(JobCancelledError):
        process(TimeStretch(), source, tmp_path / "out", {"length": 400, "method": OURS}, Watched(0.4))
    assert list((tmp_path / "out").iterdir()) == []


def test_what_is_too_short_to_have_a_pitch_gets_the_length(tmp_path: Path) -> None:
    source = written(tmp_path / "in.wav", tone(1)[:, :700])
    made = process(TimeStretch(), source, tmp_path / "out", {"length": 200, "method": OURS})
    assert soundfile.info(made.path).frames == 1400
    assert made.notice.startswith("The sound is too short to have a pitch")


def test_without_rubber_band_ours_is_taken_and_a_wish_for_it_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rubber_band.library.cache_clear()
    monkeypatch.setattr(rubber_band, "NAMES", ("libno-such-thing.so.9",))
    source = written(tmp_path / "in.wav", tone())
    made = process(PitchShift(), source, tmp_path / "out", {**SHIFT, "semitones": 3, "method": AUTOMATIC})
    assert made.notice == "By our own phase vocoder."
    with pytest.raises(ModelRunError, match="install it with: apt-get install librubberband2"):
        process(PitchShift(), source, tmp_path / "out", {**SHIFT, "semitones": 3, "method": THEIRS})
    rubber_band.library.cache_clear()


@needs_rubber_band
def test_rubber_band_is_taken_where_it_is_there(tmp_path: Path) -> None:
    source = written(tmp_path / "in.wav", tone())
    made = process(PitchShift(), source, tmp_path / "out", {**SHIFT, "semitones": 3, "method": AUTOMATIC})
    assert made.notice == "By Rubber Band."


def test_a_rate_for_which_rubber_band_is_not_made_is_taken_by_ours(tmp_path: Path) -> None:
    source = tmp_path / "in.wav"
    soundfile.write(source, tone(1, 0.5).T, 384_000, "FLOAT")
    made = process(PitchShift(), source, tmp_path / "out", {**SHIFT, "semitones": 3, "method": AUTOMATIC})
    assert made.notice == "By our own phase vocoder."
    with pytest.raises(ModelRunError, match=r"^Rubber Band takes 8 to 192 kHz, and this is 384 kHz; choose"):
        process(PitchShift(), source, tmp_path / "out", {**SHIFT, "semitones": 3, "method": THEIRS})
