import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.audio.flac_links import flac_links
from app.audio.io import open_reader
from app.audio.parts import Span
from app.errors import AudioFileError


def flac(seed: int = 0) -> tuple[bytes, np.ndarray]:
    samples = np.random.default_rng(seed).integers(-(2**15), 2**15, (20_000, 2), np.int16)
    file = io.BytesIO()
    soundfile.write(file, samples, 44100, format="FLAC")
    return file.getvalue(), samples.T / 2.0**15


def decode_bytes(folder: Path, data: bytes) -> np.ndarray:
    (folder / "a").write_bytes(data)
    with open_reader(folder / "a") as reader:
        parts = []
        while (part := reader.read()).shape[1]:
            parts.append(part)
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize("behind", [b"\0", b"\n", b"TAG" + bytes(125), bytes(5000), b"\xff\xf8" * 3000])
def test_what_stands_behind_the_sound_is_not_read(tmp_path: Path, behind: bytes) -> None:
    data, samples = flac()
    assert np.array_equal(decode_bytes(tmp_path, data + behind), samples)
    assert np.array_equal(decode_bytes(tmp_path, b"ID3\4\0\0\0\0\0\x10" + bytes(16) + data + behind), samples)


def test_a_cut_off_end_is_still_told(tmp_path: Path) -> None:
    data, _ = flac()
    with pytest.raises(AudioFileError, match="cut short"):
        decode_bytes(tmp_path, data[: len(data) // 2])


def test_files_joined_are_refused_rather_than_heard_in_part(tmp_path: Path) -> None:
    one, other = flac()[0], flac(1)[0]
    with pytest.raises(AudioFileError, match="2 FLAC files joined; send each by itself"):
        decode_bytes(tmp_path, one + other)
    with (tmp_path / "a").open("rb") as file:
        assert flac_links(file) == [Span(0, len(one)), Span(len(one), len(other))]
