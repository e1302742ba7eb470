from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from endpoints.loudness.speakers import channel_mask, channel_weights


def test_the_usual_layouts() -> None:
    assert channel_weights(1) == (1.0,)
    assert channel_weights(2) == (1.0, 1.0)
    assert channel_weights(5) == (1.0, 1.0, 1.0, 1.41, 1.41)
    assert channel_weights(6) == (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)
    # Of 7.1 the side speakers are at 90 degrees, the back ones beyond 120.
    assert channel_weights(8) == (1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.41, 1.41)
    assert channel_weights(11) is None


@pytest.mark.parametrize(("mask", "weights"), [(0x60F, (1, 1, 1, 0, 1.41, 1.41)), (0x3F000, None)])
def test_a_wav_says_which_speakers_it_is_for(tmp_path: Path, mask: int, weights: tuple[float, ...] | None) -> None:
    path = tmp_path / "surround.wav"
    soundfile.write(path, np.zeros((10, 6)), 48000, format="WAVEX", subtype="PCM_16")
    data = bytearray(path.read_bytes())
    at = data.index(b"fmt ") + 8 + 20
    data[at : at + 4] = struct.pack("<I", mask)
    path.write_bytes(data)
    assert channel_mask(path) == mask
    assert channel_weights(6, mask) == (weights or (1.0,) * 6)


def test_other_files_state_nothing(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "plain.wav", np.zeros((10, 2)), 48000)
    assert channel_mask(tmp_path / "plain.wav") == 0
    assert channel_mask(tmp_path / "gone.wav") == 0
