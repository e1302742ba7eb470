from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.bundled.beat_activation import EDGES, BeatActivation, parts_of, pitch_bands

RATE = 44100


def test_bands_are_means_and_each_part_has_some() -> None:
    bands = pitch_bands(2048, RATE)
    assert bands.sum(0).numpy() == pytest.approx(np.ones(bands.shape[1]), abs=1e-5)
    parts = parts_of(bands, 2048, RATE)
    assert parts.sum(0).numpy() == pytest.approx(np.ones(5), abs=1e-5)
    assert ((parts > 0).sum(1) <= 1).all()


@pytest.mark.parametrize("part", range(5))
def test_a_stroke_is_found_where_it_is_and_strongest_in_its_part(part: int) -> None:
    middle = (EDGES[part] * EDGES[part + 1]) ** 0.5
    time = np.arange(int(0.3 * RATE)) / RATE
    burst = 0.3 * np.sin(2 * np.pi * middle * time) * np.exp(-15 * time) * np.minimum(1, time / 0.005)
    times = np.arange(0.5, 6, 0.5)
    sound = np.zeros(7 * RATE)
    for at in times:
        sound[int(at * RATE) : int(at * RATE) + len(burst)] += burst
    with torch.inference_mode():
        found, strokes, whole = BeatActivation(RATE)(torch.tensor(sound, dtype=torch.float32))
    assert whole.shape == (701,)
    loud = strokes[:, part] > 1
    assert found[loud].numpy() / 100 == pytest.approx(times, abs=0.025)
    assert (strokes[loud, :5].argmax(1) == part).all()


def test_the_harmony_changes_with_the_chord_and_not_with_each_stroke() -> None:
    time = np.arange(RATE // 2) / RATE
    strokes = []
    for i in range(16):
        chord = (262, 330, 392) if i // 4 % 2 == 0 else (247, 294, 440)
        strokes.append(sum(0.1 * np.sin(2 * np.pi * hertz * time) for hertz in chord) * np.exp(-2 * time))
    with torch.inference_mode():
        found, marks, _ = BeatActivation(RATE)(torch.tensor(np.concatenate(strokes), dtype=torch.float32))
    change = {round(int(frame) / 50): float(mark) for frame, mark in zip(found, marks[:, 5], strict=True)}
    assert min(change[i] for i in (4, 8, 12)) > 2 * max(change[i] for i in (5, 6, 7, 9, 10, 11))
