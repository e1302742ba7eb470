"""Whole files: both stems sum to the file, in its format, whatever it is, and no seam is heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from app.audio.formats import AudioFormat
from endpoints.tagbox import windows
from endpoints.tagbox.aim import Aim
from endpoints.tagbox.engines import ByComponents
from endpoints.tagbox.steering import Steering
from endpoints.tagbox.windows import Separated, separate, window_plan
from tests.endpoints.tagbox.toys import ToneTagger, ratio, tones


def _separated(folder: Path, sound: np.ndarray, rate: int, subtype: str, steps: int) -> tuple[Separated, np.ndarray]:
    """Return what came of ``sound (samples, channels)``, and both stems ``(2, samples, channels)``."""
    source = folder / "song.wav"
    soundfile.write(source, sound, rate, subtype)
    told: list[float] = []
    found = separate(
        source,
        [folder / "low.wav", folder / "rest.wav"],
        Aim(("low",)),
        [ToneTagger()],
        Steering(steps=steps),
        ByComponents(),
        "float",
        lambda share, _: told.append(share),
    )
    assert told == sorted(told) and told[-1] == 1.0
    return found, np.stack([soundfile.read(path, always_2d=True)[0] for path in found.written.paths])


@pytest.mark.parametrize(
    ("rate", "subtype", "seconds", "channels"),
    [(44100, "PCM_16", 0.9, 2), (48000, "PCM_24", 0.5, 1), (16000, "DOUBLE", 1.3, 3), (8000, "FLOAT", 0.01, 1)],
)
def test_both_stems_sum_to_the_file_in_its_format(
    tmp_path: Path, rate: int, subtype: str, seconds: float, channels: int
) -> None:
    low, high = (tone.numpy() for tone in tones(seconds, rate))
    sound = np.stack([low + (0.3 + 0.2 * channel) * high for channel in range(channels)], axis=1)
    found, stems = _separated(tmp_path, sound, rate, subtype, 5)
    source = soundfile.read(tmp_path / "song.wav", always_2d=True)[0]
    assert found.written.format.subtype == subtype and stems.shape[1:] == source.shape
    least = {"FLOAT": 1e-7, "DOUBLE": 1e-15}.get(subtype, 0.0)
    assert np.abs(stems.sum(axis=0) - source).max() <= least


def test_a_song_of_several_windows_is_joined_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "SECONDS", 1.5)
    monkeypatch.setattr(windows, "SHARED", 0.3)
    low, high = tones(4.0)
    found, stems = _separated(tmp_path, (low + high).numpy()[:, None], 16000, "PCM_16", 40)
    assert [round(window.start, 3) for window in found.windows] == [0.0, 1.233, 2.467]
    assert found.windows[-1].end == 4.0
    brought = torch.from_numpy(stems[0, :, 0])
    for start in range(0, 60000, 8000):
        assert ratio(low[start : start + 8000], brought[start : start + 8000]) > 9


@pytest.mark.parametrize(
    ("seconds", "count", "length"), [(0.001, 1, 1.0), (8, 1, 8), (14.4, 1, 14.4), (20, 2, 10.5), (3600, 400, 9.9975)]
)
def test_a_file_has_as_many_windows_as_fit_best(seconds: float, count: int, length: float) -> None:
    fmt = AudioFormat(48000, 2, round(seconds * 48000), "WAV", "PCM_16", "FILE")
    plan = window_plan(fmt)
    assert plan.chunk == pytest.approx(length * 48000, abs=2) and plan.overlap == 48000
    assert count == max(1, -(-(fmt.samples - plan.overlap) // plan.hop))


def test_silence_is_left_alone(tmp_path: Path) -> None:
    found, stems = _separated(tmp_path, np.zeros((5000, 2)), 16000, "PCM_16", 5)
    assert not stems.any() and [window.steered for window in found.windows] == [None]
