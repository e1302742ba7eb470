"""What is stated of the published weights."""

from __future__ import annotations

from pathlib import Path

from app.plugins.own import own_endpoints
from app.sources import IN_PYTHON
from endpoints.vampnet.endpoint import VampNet
from endpoints.vampnet.published import BASE, CODEC, DRUM_AND_BASS, DUB, PUBLISHED

NAME = "harpist/vampnet"


def test_all_are_for_non_commercial_use_and_opened_with_care() -> None:
    assert all(one.weights.non_commercial and one.weights.pickled for one in PUBLISHED)
    assert [one.file("coarse") for one in PUBLISHED] == ["coarse.pth", "vampnet/coarse.pth", "vampnet/coarse.pth"]
    assert all({one.file("coarse"), one.file("c2f")} <= set(one.weights.files) for one in PUBLISHED)


def test_the_first_ones_bring_the_codec_and_fine_tunes_come_one_by_one(tmp_path: Path) -> None:
    [spec] = own_endpoints({NAME: IN_PYTHON[NAME]}, tmp_path / "kept.json", 120.0, print)
    assert spec.first_weights == (BASE.weights,) and CODEC in BASE.weights.files
    assert spec.further_weights == (DUB.weights, DRUM_AND_BASS.weights)
    assert spec.weights_for({"model": DUB.name}) == (BASE.weights, DUB.weights)
    assert spec.generates and spec.repeatable and 3.0e9 < spec.weights_size < 3.1e9
    assert len(VampNet.card.description) <= 280
