"""What AudioSeal's networks make is added to the sound, and what they hear is told; with random weights.

The published weights were not to be had: that a watermark survives anything is theirs to promise.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from app.endpoint import FileOutput, Region, TrackFile
from app.errors import ModelFormatError
from app.harp.labels import LabelList
from endpoints.watermark.checkpoint import read_numbers
from endpoints.watermark.endpoint import AUDIOSEAL, Watermark
from endpoints.watermark.networks import MESSAGE, RATE, _plainly
from tests.endpoints.watermark import tiny

tiny.needs_audioseal()
# The package scripts a part of its networks.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")


class Silent:
    def report(self, fraction: float, said: str = "") -> None:
        assert 0 <= fraction <= 1


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Watermark, Any, Any]:
    folder = tmp_path_factory.mktemp("weights")
    generator, detector = tiny.save(folder)
    endpoint = Watermark()
    endpoint.weights = {AUDIOSEAL.repo: str(folder)}
    endpoint.setup("cpu")
    return endpoint, generator, detector


def run(endpoint: Watermark, path: Path, **controls: Any) -> tuple[Path, LabelList]:
    region = Region((TrackFile(path, path.name),), path.parent)
    sound, labels = endpoint.process(region, {"mark": True, **controls}, Silent())
    assert isinstance(sound, FileOutput) and isinstance(labels, LabelList)
    return sound.path, labels


def test_the_networks_watermark_is_added_to_every_channel(made, tmp_path):
    endpoint, generator, detector = made
    path = tmp_path / "a.wav"
    noise = 0.1 * np.random.default_rng(1).standard_normal((RATE // 2 + 77, 2)).astype(np.float32)
    soundfile.write(path, noise, RATE, "FLOAT")
    marked, labels = run(endpoint, path)
    found = soundfile.read(marked, dtype="float32")[0]
    mono = torch.from_numpy(np.pad(noise.mean(axis=1), (0, -len(noise) % 320)))[None, None]
    message = torch.tensor([[int(bit) for bit in f"{MESSAGE:016b}"]])
    with _plainly():
        expected = generator.get_watermark(mono, message=message)[0, 0, : len(noise)].numpy()
        heard = detector(mono)[0][0, 1]
    assert np.abs(expected).max() > 1e-4
    assert np.allclose(found - noise, expected[:, None], atol=1e-5)
    share = (heard[: len(noise)] > 0.5).float().mean().item()
    words = f"Watermark in {100 * share:.0f} % of the sound" if share >= 0.005 else "No watermark"
    assert [label.label for label in labels.labels] == [words]


def test_a_file_keeps_its_rate_its_form_and_all_above_the_networks_rate(made, tmp_path):
    endpoint = made[0]
    path = tmp_path / "a.flac"
    sound = 0.1 * np.random.default_rng(2).standard_normal((24000, 3))
    soundfile.write(path, sound, 48000, "PCM_24")
    marked, _ = run(endpoint, path)
    before, after = soundfile.info(path), soundfile.info(marked)
    assert (after.frames, after.samplerate, after.channels) == (before.frames, before.samplerate, before.channels)
    assert (after.format, after.subtype) == (before.format, before.subtype)
    added = soundfile.read(marked)[0] - soundfile.read(path)[0]
    assert np.abs(added).max() > 1e-4 and np.abs(added[:, 0] - added[:, 2]).max() < 2**-22
    spectrum = np.abs(np.fft.rfft(added[:, 0] * np.hanning(len(added))))
    assert spectrum[4500:].max() < 0.01 * spectrum.max(), "nothing is added above 8 kHz"


def test_the_files_are_of_the_form_of_the_published_ones(tmp_path):
    """Who published how many tensors these have are others, independent of each other: 101 and 54."""
    tiny.save(tmp_path)
    counts = [len(read_numbers(tmp_path / f"{name}_base.pth")) for name in ("generator", "detector")]
    assert counts == [101, 54]


def test_who_only_listens_gets_the_sound_back(made, tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, 0.1 * np.random.default_rng(3).standard_normal((4000, 1)), 44100, "PCM_16")
    same, labels = run(made[0], path, mark=False)
    assert np.array_equal(soundfile.read(same, dtype="int16")[0], soundfile.read(path, dtype="int16")[0])
    assert len(labels.labels) == 1


def test_of_a_file_of_weights_only_numbers_are_made(tmp_path):
    class Evil:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "touched",))

    path = tmp_path / "a.pth"
    numbers = torch.arange(6.0).reshape(2, 3).T
    torch.save({"model": {"a.weight": numbers}, "evil": Evil(), "xp.cfg": np.float64(3)}, path)
    assert torch.equal(read_numbers(path)["a.weight"], numbers)
    assert not (tmp_path / "touched").exists()
    good = path.read_bytes()
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("a/data.pkl", b"\x80\x02}.")
    for content in (b"", b"x" * 100, good[:-200], good[: len(good) // 2], empty.getvalue()):
        path.write_bytes(content)
        with pytest.raises(ModelFormatError, match="cannot be read"):
            read_numbers(path)
