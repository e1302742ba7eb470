import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.preview import Preview
from app.endpoint import FileOutput, Region, TrackFile
from app.errors import AudioFileError


class Silent:
    def report(self, fraction: float) -> None:
        assert 0 <= fraction <= 1


def region(folder: Path, *paths: Path | None) -> Region:
    folder.mkdir()
    return Region(tuple(path and TrackFile(path, path.name) for path in paths), folder)


def test_every_track_gets_its_outline_and_where_needed_a_copy(tmp_path: Path) -> None:
    plain, rare = tmp_path / "a.wav", tmp_path / "b.aiff"
    soundfile.write(plain, np.full((10, 1), 0.5), 44100, subtype="PCM_16")
    soundfile.write(rare, np.full((10, 2), -0.25), 48000, subtype="PCM_24")
    preview = Preview()
    preview.setup("cpu")
    made = preview.process(region(tmp_path / "out", plain, None, rare), {}, Silent())
    assert all(isinstance(item, FileOutput) for item in made)
    assert [(item.label, item.path.name) for item in made] == [
        ("peaks", "0.peaks.json"),
        ("peaks", "2.peaks.json"),
        ("preview", "2.wav"),
    ]
    assert json.loads(made[0].path.read_text()) == {
        "seconds": 10 / 44100,
        "channels": 1,
        "sample_rate": 44100,
        "minimum": [0.5] * 10,
        "maximum": [0.5] * 10,
    }
    assert soundfile.info(made[2].path).subtype == "PCM_16"


def test_what_is_no_sound_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_text("no sound")
    with pytest.raises(AudioFileError, match="is not sound"):
        Preview().process(region(tmp_path / "out", path), {}, Silent())
