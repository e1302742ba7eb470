"""Melodies, as the model of harpist/pitch-notes hears them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.errors import JobCancelledError
from endpoints.audio_to_midi.one_voice import heard_alone

RATE = 22050
SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def sung(path: Path, repeats: int = 1) -> Path:
    """A scale of tones with partials, half a second each, after a quarter of a second of silence."""
    time = np.arange(round(0.45 * RATE)) / RATE
    parts = [np.zeros(RATE // 4)]
    for pitch in SCALE * repeats:
        hertz = 440 * 2 ** ((pitch - 69) / 12)
        tone = sum(np.sin(2 * np.pi * hertz * k * time) / k**1.5 for k in range(1, 8))
        parts += [0.2 * tone * np.minimum(1, time / 0.01) * np.minimum(1, (0.45 - time) / 0.02), np.zeros(RATE // 20)]
    soundfile.write(path, np.concatenate(parts), RATE)
    return path


def test_a_scale_is_heard_note_by_note(tmp_path: Path) -> None:
    spans, several, cancelled = heard_alone(sung(tmp_path / "scale.wav"), "A0", "C8", lambda _: None)
    assert [21 + span.kind for span in spans] == list(SCALE)
    assert [span.start for span in spans] == pytest.approx([0.25 + 0.5 * place for place in range(8)], abs=0.03)
    assert not several and not cancelled
    spans, _, _ = heard_alone(tmp_path / "scale.wav", "C4", "F4", lambda _: None)
    assert [21 + span.kind for span in spans] == [60, 62, 64, 65]


def test_chords_are_told(tmp_path: Path) -> None:
    time = np.arange(3 * RATE) / RATE
    tones = [440 * 2 ** ((pitch - 69) / 12) for pitch in (48, 55, 64)]
    chord = sum(np.sin(2 * np.pi * hertz * k * time) / k for hertz in tones for k in range(1, 7))
    soundfile.write(tmp_path / "chord.wav", 0.1 * chord, RATE)
    assert heard_alone(tmp_path / "chord.wav", "A0", "C8", lambda _: None)[1] is True


@pytest.mark.slow
def test_a_long_melody_has_every_note_once(tmp_path: Path) -> None:
    spans, _, _ = heard_alone(sung(tmp_path / "long.wav", 25), "A0", "C8", lambda _: None)
    assert [21 + span.kind for span in spans] == list(SCALE * 25)


def test_a_cancel_is_heard(tmp_path: Path) -> None:
    def stop(_: float) -> None:
        raise JobCancelledError("The job was cancelled.")

    with pytest.raises(JobCancelledError):
        heard_alone(sung(tmp_path / "scale.wav"), "A0", "C8", stop)
