"""Against sums written out place by place."""

from __future__ import annotations

import math

import pytest
import torch

from endpoints.bundled.beat_evidence import ODDS, BeatEvidence


@pytest.fixture(scope="module")
def evidence() -> BeatEvidence:
    return BeatEvidence()


def test_a_stroke_speaks_for_places_by_its_odds(evidence: BeatEvidence) -> None:
    stroke = [1.0, 0.5, 0.0, 2.0, 0.3, 1.5]
    places = evidence.places(torch.tensor([20]), torch.tensor([stroke]), 50)
    known = [math.log1p(v) for v in stroke[:5]] + [math.log1p(sum(stroke[:5]) / 5), stroke[5], 1.0]
    for place, odds in zip(places, ODDS, strict=True):
        ratio = sum(v * o for v, o in zip(known, odds, strict=False))
        assert place[20] == pytest.approx(max(-6.0, min(6.0, ratio)) + odds[8], abs=1e-4)
        assert place[18] == pytest.approx(max(-6.0, min(6.0, 0.8 * ratio)) + odds[8], abs=1e-4)
        assert place[30] == pytest.approx(odds[8])


def test_a_beat_is_worth_what_lies_in_it(evidence: BeatEvidence) -> None:
    places = torch.randn(10, 200, generator=torch.Generator().manual_seed(0))
    lengths = torch.arange(30, 110)
    between = evidence.between(places, lengths)
    for start, length in ((0, 30), (17, 48), (60, 109)):
        middle, quarter, later = start + (length + 1) // 2, start + (length + 2) // 4, start + (3 * length + 2) // 4
        sixteenths = places[0, quarter] + places[0, later]
        swing = places[1, start + (length + 1) // 3] + places[1, start + (2 * length + 1) // 3]
        heard = max(places[2, middle] + sixteenths, places[9, middle] + sixteenths - evidence.unlikely, swing)
        octaves = math.log2(6000 / length / evidence.usual)
        worth = (evidence.pulse - evidence.rarity * octaves**2 / 2) * length / 100
        assert between[start, length - 30] == pytest.approx(float(heard) + worth, abs=1e-4)


def test_bars_have_their_own_first_beats(evidence: BeatEvidence) -> None:
    places = torch.zeros(10, 3)
    places[3], places[6] = 5.0, 7.0
    rows = evidence.on_beat(places, [4, 3])
    assert rows.shape == (3, 7)
    assert rows[0].argsort(descending=True)[:2].sort().values.tolist() == [0, 4]
    assert evidence.on_beat(places, [7])[0].argmax() == 0
