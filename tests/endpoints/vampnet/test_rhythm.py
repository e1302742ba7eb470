"""Onsets and beats of a pulse."""

from __future__ import annotations

import numpy as np
import pytest

from endpoints.vampnet.rhythm import Rhythm
from tests.endpoints.vampnet import tiny_networks as tiny


def test_strokes_are_found_and_silence_has_none() -> None:
    rhythm = Rhythm()
    onsets, beats = rhythm.moments(tiny.tone(6.0).numpy())
    assert onsets[:3] == pytest.approx([0.5, 1.0, 1.5], abs=0.02)
    assert np.diff(beats) == pytest.approx(0.5, abs=0.02) and len(beats) > 8
    assert rhythm.moments(np.zeros(44100)) == ((), ())
