"""How well beats are found in songs that the network did not learn from."""

from __future__ import annotations

from collections.abc import Sequence

import mir_eval
import numpy as np
import torch

from benchmarks.beat_network.listening import RATE, Piece
from endpoints.bundled.beat_network import BeatNetwork
from endpoints.bundled.beat_tracking import BeatTracking

_NEAR = 0.05
"""Share of the true tempo by which a tempo that is right may differ from it."""


def validated(network: BeatNetwork, music: Sequence[Piece], without: Sequence[Piece]) -> str:
    """Return F-measures, how many tempos are right, and how many sounds without a beat have some."""
    tracking = BeatTracking(RATE)
    tracking.odds.network = network
    rows = [_scores(tracking, piece) for piece in music if not piece.hard]
    beats, bars, tempos, halves, doubles = np.mean(rows, axis=0)
    wrong = sum(len(_found(tracking, piece)[0]) > 0 for piece in without)
    return (
        f"{len(rows)} recordings: F {beats:.3f}, of downbeats {bars:.3f}, tempo right {tempos:.3f}, half of it "
        f"{halves:.3f}, twice {doubles:.3f}; beats in {wrong} of {len(without)} sounds without"
    )


def _found(tracking: BeatTracking, piece: Piece) -> tuple[np.ndarray, np.ndarray]:
    with torch.inference_mode():
        strokes = (torch.from_numpy(part) for part in (piece.found, piece.strokes, piece.whole))
        seconds, first = tracking.follow(*strokes, 55.0, 215.0, "auto")
    return seconds.numpy().astype(float), first.numpy()


def _scores(tracking: BeatTracking, piece: Piece) -> tuple[float, ...]:
    seconds, first = _found(tracking, piece)
    if len(seconds) < 2:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    true, end = piece.beats[:, 0], piece.beats[-1, 0] + 0.35
    bars = mir_eval.beat.f_measure(true[piece.beats[:, 1] == 1], seconds[first & (seconds < end)])
    faster = float(np.median(np.diff(true)) / np.median(np.diff(seconds)))
    tempos = (float(abs(faster / share - 1) <= _NEAR) for share in (1.0, 0.5, 2.0))
    return mir_eval.beat.f_measure(true, seconds[seconds < end]), bars, *tempos
