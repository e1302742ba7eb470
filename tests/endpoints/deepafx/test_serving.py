"""What was learnt, as an endpoint: the sound, at its level; and what the knobs were set to."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile
import torch

from app.endpoint import FileOutput, Outputs, Region, TrackFile
from app.errors import HarpistError, JobCancelledError, ModelFormatError, ModelRunError
from app.harp.controls import CONTROLS as KINDS
from app.harp.labels import LabelList
from endpoints.deepafx import applying, rendering
from endpoints.deepafx.controls import CONTROLS, MOVING, STILL, TRACK
from endpoints.deepafx.encoder import new_encoder
from endpoints.deepafx.folder import Result, write_result
from endpoints.deepafx.serving import Trained
from tests.endpoints.deepafx.toys import COMPRESSOR, chain, music
from tests.endpoints.loudness.measuring import Job, exact_peak, measured

PLAN = chain(COMPRESSOR, {"uri": "harpist:parametric-equaliser", "learn": ["low_gain", "high_gain"]})
RATE = 44100


def learnt_by_nobody(folder: Path) -> None:
    """Write an encoder that nobody taught, with layers so strong that the knobs move."""
    encoder = new_encoder(len(PLAN.knobs), 5)
    with torch.no_grad():
        encoder.head[0].weight.mul_(40.0)
        encoder.head[2].weight.mul_(12.0)
    write_result(folder, Result(PLAN, encoder, "Test", "mit", {}))


def trained(folder: Path) -> Trained:
    learnt_by_nobody(folder)
    endpoint = Trained(str(folder))
    endpoint.setup("cpu")
    return endpoint


def asked(**values: object) -> dict[str, object]:
    return {item.name: item.value for item in CONTROLS if isinstance(item, KINDS)} | values


def sound(seconds: float, channels: int = 2) -> np.ndarray:
    loud = np.repeat(music(2, seconds), 2)[None] * np.array([[1.0], [0.7]])[:channels]
    loud[:, loud.shape[1] // 2 :] *= 0.1
    return loud.astype(np.float32)


def processed(endpoint: Trained, path: Path, **values: object) -> Outputs:
    folder = path.parent / f"out-{len(list(path.parent.iterdir()))}"
    folder.mkdir()
    return endpoint.process(Region((TrackFile(path, path.name),), folder), asked(**values), Job())


def written(path: Path, samples: np.ndarray, rate: int = RATE, subtype: str = "FLOAT") -> Path:
    soundfile.write(path, samples.T, rate, subtype)
    return path


def read(output: object) -> np.ndarray:
    assert isinstance(output, FileOutput)
    samples, _ = soundfile.read(output.path, dtype="float32", always_2d=True)
    return samples.T


def test_sound_and_settings_come_back(tmp_path: Path) -> None:
    path = written(tmp_path / "song.wav", sound(5))
    made, labels, file = processed(trained(tmp_path / "learnt"), path, smoothing=10.0)
    assert read(made).shape == sound(5).shape and np.abs(read(made) - sound(5)).max() > 0.01
    assert isinstance(labels, LabelList) and 1 < len(labels.labels) <= 5
    assert labels.labels[0].t == 0 and labels.labels[-1].t + labels.labels[-1].duration == pytest.approx(5)
    assert all(a.t + a.duration == pytest.approx(b.t) for a, b in zip(labels.labels, labels.labels[1:]))
    assert any(word in labels.labels[1].label for word in ("Threshold", "Ratio", "Gain", "shelf"))
    assert "Ratio" in labels.labels[0].description and ":1" in labels.labels[0].description
    assert isinstance(file, FileOutput) and file.path.name == "song-settings.json"
    data = json.loads(file.path.read_text())
    assert [effect["uri"] for effect in data["effects"]] == ["harpist:compressor", "harpist:parametric-equaliser"]
    threshold = next(told for told in data["effects"][0]["parameters"] if told["name"] == "threshold")
    assert threshold["unit"] == "dB" and len(threshold["times"]) == len(threshold["values"]) > 1
    assert -60 <= min(threshold["values"]) <= threshold["mean"] <= max(threshold["values"]) <= 0
    assert {"name": "attack", "value": 5.0} in data["effects"][0]["parameters"]


def test_nothing_of_it_is_the_sound_as_it_was(tmp_path: Path) -> None:
    path = written(tmp_path / "song.wav", sound(2.2))
    made, labels, _ = processed(trained(tmp_path / "learnt"), path, amount=0.0, ceiling=0.0)
    assert np.abs(read(made) - sound(2.2)).max() < 1e-6
    assert isinstance(labels, LabelList) and [label.label for label in labels.labels] == ["All knobs neutral"]


def test_one_setting_stays(tmp_path: Path) -> None:
    path = written(tmp_path / "song.wav", sound(3))
    endpoint = trained(tmp_path / "learnt")
    _, labels, file = processed(endpoint, path, moving=STILL)
    assert isinstance(labels, LabelList) and len(labels.labels) == 1 and isinstance(file, FileOutput)
    told = json.loads(file.path.read_text())["effects"][0]["parameters"][0]
    assert told["times"] == [0.0] and told["values"] == [pytest.approx(told["mean"], rel=1e-4)]
    _, _, other = processed(endpoint, path, moving=MOVING, smoothing=10.0)
    assert isinstance(other, FileOutput)
    moving = json.loads(other.path.read_text())["effects"][0]["parameters"][0]
    assert told["mean"] == pytest.approx(moving["mean"], rel=0.05, abs=0.5)


def test_it_is_as_loud_as_it_was_and_under_its_ceiling(tmp_path: Path) -> None:
    path = written(tmp_path / "song.wav", sound(2.5))
    endpoint = trained(tmp_path / "learnt")
    made, _, _ = processed(endpoint, path, matched=True, ceiling=0.0)
    before, after = (measured(samples, RATE).integrated() for samples in (sound(2.5), read(made)))
    assert after == pytest.approx(before, abs=0.3)
    assert isinstance(made, FileOutput) and f"from {before:.1f} to" in made.notice
    low, _, _ = processed(endpoint, path, ceiling=-12.0)
    assert exact_peak(read(low)) <= -12.0


@pytest.mark.parametrize(("rate", "channels", "subtype"), [(8000, 1, "PCM_16"), (96000, 2, "PCM_24")])
def test_any_rate_and_channels(tmp_path: Path, rate: int, channels: int, subtype: str) -> None:
    path = written(tmp_path / "song.wav", sound(1.0, channels)[:, : rate // 2], rate, subtype)
    made, _, _ = processed(trained(tmp_path / "learnt"), path)
    assert isinstance(made, FileOutput)
    info = soundfile.info(made.path)
    assert (info.samplerate, info.channels, info.subtype) == (rate, channels, subtype)
    assert info.frames == soundfile.info(path).frames


@pytest.mark.parametrize("matched", [False, True])
def test_blocks_of_any_size_give_the_same_to_the_bit(
    matched: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, endpoint = written(tmp_path / "song.wav", sound(2.3)), trained(tmp_path / "learnt")
    whole, _, settings = processed(endpoint, path, matched=matched, ceiling=-6.0)
    monkeypatch.setattr(applying, "_READ", 7001)
    monkeypatch.setattr(rendering, "_BLOCK", 1237)
    parts, _, others = processed(endpoint, path, matched=matched, ceiling=-6.0)
    assert np.array_equal(read(whole), read(parts))
    assert isinstance(settings, FileOutput) and isinstance(others, FileOutput)
    assert settings.path.read_bytes() == others.path.read_bytes()


def long_sound(path: Path, seconds: int) -> Path:
    second = sound(1)
    with soundfile.SoundFile(path, "w", 8000, 2, "PCM_16") as file:
        for _ in range(seconds):
            file.write(second.T[:8000])
    return path


def test_memory_stays_the_same_however_long_the_sound(tmp_path: Path) -> None:
    path, endpoint = long_sound(tmp_path / "long.wav", 3), trained(tmp_path / "learnt")
    tracemalloc.start()
    try:
        processed(endpoint, path, matched=True)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 16 * 2**20


@pytest.mark.slow
def test_an_hour_takes_no_more_memory_than_two_minutes(tmp_path: Path) -> None:
    class Watching(Job):
        most = 0

        def report(self, fraction: float, said: str = "") -> None:
            super().report(fraction)
            self.most = max(self.most, psutil.Process().memory_info().rss)

    endpoint, values = trained(tmp_path / "learnt"), asked(matched=True, moving=STILL)
    found = []
    # After two minutes all that is used again was made once.
    for seconds in (120, 3600):
        path, folder, job = long_sound(tmp_path / f"{seconds}.wav", seconds), tmp_path / f"out-{seconds}", Watching()
        folder.mkdir()
        endpoint.process(Region((TrackFile(path, path.name),), folder), values, job)
        assert soundfile.info(folder / f"{seconds}-Processed.wav").frames == 8000 * seconds
        found.append(job.most)
    # Curves are kept: 11 points a second of some numbers each; the sound itself is 115 MB in 16 bits.
    assert found[1] - found[0] < 50 * 2**20


def test_channels_get_the_same_settings(tmp_path: Path) -> None:
    samples = sound(2.2)
    samples[1] = 0.25 * samples[0]
    made, _, _ = processed(trained(tmp_path / "learnt"), written(tmp_path / "song.wav", samples), ceiling=0.0)
    left, right = read(made)
    assert np.abs(right - 0.25 * left).max() < 1e-5


def test_what_is_wrong_is_one_sentence(tmp_path: Path) -> None:
    endpoint, folder = trained(tmp_path / "learnt"), tmp_path / "learnt"
    path = written(tmp_path / "song.wav", sound(2))
    broken = new_encoder(len(PLAN.knobs), 1)
    with torch.no_grad():
        broken.layers[0].weight.fill_(1e30)
        broken.head[2].weight.fill_(1e30)
        broken.layers[2].weight.fill_(-1e30)
    broken.mean.fill_(float("nan"))
    endpoint._result = replace(endpoint._result, encoder=broken)
    with pytest.raises(ModelRunError, match="something else than numbers"):
        processed(endpoint, path)
    content = json.loads((folder / "chain.json").read_text())
    for change, words in (
        ({"plugin": [{**content["plugin"][0], "uri": "harpist:nothing"}]}, "There is no effect"),
        ({"format": 99}, "another version"),
        ({"plugin": content["plugin"][:1]}, "does not fit the chain"),
    ):
        (folder / "chain.json").write_text(json.dumps({**content, **change}))
        with pytest.raises(ModelFormatError, match=words) as told:
            Trained(str(folder)).setup("cpu")
        assert str(tmp_path) not in told.value.message
    with pytest.raises(HarpistError, match="cannot be read") as told:
        Trained(str(tmp_path / "none")).setup("cpu")
    assert str(tmp_path) not in told.value.message


def test_a_cancel_ends_it_at_once(tmp_path: Path) -> None:
    class Cancelled:
        def report(self, fraction: float, said: str = "") -> None:
            raise JobCancelledError("The job was cancelled.")

    path = written(tmp_path / "song.wav", sound(2))
    with pytest.raises(JobCancelledError):
        trained(tmp_path / "learnt").process(Region((TrackFile(path, path.name),), tmp_path), asked(), Cancelled())
    assert [found.suffix for found in tmp_path.iterdir() if found.is_file()] == [".wav"]


def test_it_is_described_without_a_library() -> None:
    assert Trained.inputs[0] is TRACK and all(item.info for item in Trained.inputs)
