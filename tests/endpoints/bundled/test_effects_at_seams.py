"""Regions longer than a chunk, through the worker's endpoint: the seams are not heard, and the stems sum to the mix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from app.audacitorch.effect import AudacitorchEffect
from app.audacitorch.profile import read_profile
from app.endpoint import FileOutput, Region, TrackFile
from endpoints.bundled import model_id
from tests.endpoints.bundled.exported import Effect, as_tensor, sdr


class Unwatched:
    def report(self, fraction: float) -> None:
        assert 0 <= fraction <= 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["harmonic_percussive", "centre_extraction"])
def test_chunks_give_what_the_whole_gives(name: str, bundled_home: Path, tmp_path: Path) -> None:
    effect = Effect(name)
    folder = bundled_home / "bundled" / model_id(name)
    profile = read_profile(folder / "profile.json", folder)
    assert profile is not None and profile.calibration is not None
    chunk, rate = profile.calibration.chunk, effect.rate
    x = effect.example.tile(1, 8)[:, : 2 * chunk + chunk // 5 + 17]
    assert x.shape[1] > 2 * chunk
    for silent in (slice(0, rate // 3), slice(chunk - rate, chunk + rate), slice(x.shape[1] - rate // 3, None)):
        x[:, silent] = 0  # the first chunk ends in digital silence, the second does not
    path = tmp_path / "region.wav"
    soundfile.write(path, x.T.numpy(), rate, subtype="FLOAT")
    endpoint = AudacitorchEffect(model_id(name), str(folder), str(folder / "profile.json"))
    endpoint.setup("cpu")
    outcomes = endpoint.process(Region((TrackFile(path, path.name),), tmp_path), {}, Unwatched())
    stems = []
    for outcome in outcomes:
        assert isinstance(outcome, FileOutput)
        samples, found_rate = soundfile.read(outcome.path, dtype="float32", always_2d=True)
        assert found_rate == rate
        assert samples.shape == (x.shape[1], effect.channels)
        stems.append(as_tensor(samples.T))
    assert [outcome.label for outcome in outcomes] == effect.metadata["labels"]
    assert sdr(effect.run(x), torch.cat(stems)) > 80
    if len(stems) > 1:
        assert sdr(x, torch.stack(stems).sum(0)) > 100
    assert np.abs(stems[0].numpy()).max() > 0.01
