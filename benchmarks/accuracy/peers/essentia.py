"""Essentia's beats, onsets, chords and key, put together as its tutorials do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.comparing import Method, Run
from benchmarks.accuracy.peers.reading import mono

PACKAGE = "essentia"
_RATE = 44_100


def _standard() -> Any:
    import essentia

    essentia.log.infoActive = essentia.log.warningActive = False
    import essentia.standard

    return essentia.standard


def _beats() -> Run:
    tracker = _standard().RhythmExtractor2013(method="multifeature")
    return lambda wav: np.asarray(tracker(mono(wav, _RATE))[1], dtype=float)


def _onsets() -> Run:
    standard = _standard()

    def run(wav: Path) -> Any:
        window, fft, polar = standard.Windowing(type="hann"), standard.FFT(), standard.CartesianToPolar()
        detectors = [standard.OnsetDetection(method=method) for method in ("hfc", "complex")]
        strengths = []
        for frame in standard.FrameGenerator(mono(wav, _RATE), frameSize=1024, hopSize=512):
            size, phase = polar(fft(window(frame)))
            strengths.append([detector(size, phase) for detector in detectors])
        return np.asarray(standard.Onsets()(np.array(strengths, dtype=np.float32).T.copy(), [1, 1]), dtype=float)

    return run


def _chords() -> Run:
    standard = _standard()
    hop = 2048

    def run(wav: Path) -> Any:
        window, spectrum = standard.Windowing(type="blackmanharris62"), standard.Spectrum()
        peaks = standard.SpectralPeaks(
            orderBy="magnitude", magnitudeThreshold=1e-5, minFrequency=40, maxFrequency=5000, maxPeaks=100
        )
        classes = standard.HPCP(size=36, harmonics=4, minFrequency=40, maxFrequency=5000)
        frames = standard.FrameGenerator(mono(wav, _RATE), frameSize=4 * hop, hopSize=hop, startFromZero=False)
        profiles = np.array([classes(*peaks(spectrum(window(frame)))) for frame in frames], dtype=np.float32)
        names = standard.ChordsDetection(hopSize=hop, windowSize=2, sampleRate=_RATE)(profiles)[0]
        edges = [place for place in range(len(names)) if place == 0 or names[place] != names[place - 1]]
        return [
            (start * hop / _RATE, end * hop / _RATE, names[start])
            for start, end in zip(edges, [*edges[1:], len(names)])
        ]

    return run


def _key() -> Run:
    extractor = _standard().KeyExtractor()

    def run(wav: Path) -> Any:
        tonic, mode, _ = extractor(mono(wav, _RATE))
        return f"{tonic} {mode}"

    return run


BEATS = Method("essentia", PACKAGE, _beats)
ONSETS = Method("essentia hfc+complex", PACKAGE, _onsets)
CHORDS = Method("essentia", PACKAGE, _chords)
KEY = Method("essentia", PACKAGE, _key)
