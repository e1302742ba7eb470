"""librosa: beats, onsets two ways, pitch by pYIN, harmonic and percussive parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks.accuracy.comparing import Method, Run
from benchmarks.accuracy.peers.pitch_curves import notes_of
from benchmarks.accuracy.peers.reading import mono

PACKAGE = "librosa"
_RATE = 22_050


def _beats() -> Run:
    import librosa

    return lambda wav: np.asarray(librosa.beat.beat_track(y=mono(wav, _RATE), sr=_RATE, units="time")[1])


def _onsets() -> Run:
    import librosa

    return lambda wav: np.asarray(librosa.onset.onset_detect(y=mono(wav, _RATE), sr=_RATE, units="time"))


def _super_flux() -> Run:
    """Return the onset detector with the settings that its documentation gives for SuperFlux (Böck, Widmer 2013)."""
    import librosa

    rate, hop = 44_100, 220

    def run(wav: Path) -> Any:
        bands = librosa.feature.melspectrogram(
            y=mono(wav, rate), sr=rate, n_fft=1024, hop_length=hop, fmin=27.5, fmax=16_000.0, n_mels=138
        )
        level = librosa.power_to_db(bands, ref=np.max)
        strength = librosa.onset.onset_strength(S=level, sr=rate, hop_length=hop, lag=2, max_size=3)
        return np.asarray(librosa.onset.onset_detect(onset_envelope=strength, sr=rate, hop_length=hop, units="time"))

    return run


def _pyin() -> Run:
    import librosa

    hop = 256

    def run(wav: Path) -> Any:
        pitch, voiced, _ = librosa.pyin(mono(wav, _RATE), sr=_RATE, fmin=40.0, fmax=2000.0, hop_length=hop)
        midi = np.where(voiced, 69.0 + 12.0 * np.log2(np.where(voiced, pitch, 440.0) / 440.0), np.nan)
        return notes_of(midi, hop / _RATE)

    return run


def _hpss() -> Run:
    import librosa

    def run(wav: Path) -> Any:
        samples, _ = soundfile.read(wav, dtype="float32", always_2d=True)
        return list(librosa.effects.hpss(np.ascontiguousarray(samples.T)))

    return run


BEATS = Method("librosa", PACKAGE, _beats)
ONSETS = Method("librosa default", PACKAGE, _onsets)
SUPER_FLUX = Method("librosa SuperFlux", PACKAGE, _super_flux)
PYIN = Method("librosa pYIN + rounding", PACKAGE, _pyin)
HPSS = Method("librosa hpss", PACKAGE, _hpss)
