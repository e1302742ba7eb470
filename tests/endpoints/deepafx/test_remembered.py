"""What was learnt is found again by what it was learnt from, and by nothing else."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from endpoints.deepafx import remembered
from endpoints.deepafx.encoder import new_encoder
from endpoints.deepafx.folder import Result
from endpoints.deepafx.pairs import Pair
from endpoints.deepafx.remembered import Remembered, key_of
from tests.endpoints.deepafx.toys import chain, music

PLAN = chain()
PAIR = Pair(music(1, 1), music(2, 1))
RESULT = Result(PLAN, new_encoder(len(PLAN.knobs), 1), "Test", "mit", {"steps": 3})


def test_the_key_is_of_all_that_matters() -> None:
    keys = {
        key_of(PAIR, PLAN, {"seed": 1}),
        key_of(PAIR, PLAN, {"seed": 2}),
        key_of(replace(PAIR, after=PAIR.after * np.float32(0.999)), PLAN, {"seed": 1}),
        key_of(Pair(PAIR.after, PAIR.before), PLAN, {"seed": 1}),
        key_of(PAIR, chain({"uri": "harpist:limiter", "learn": ["ceiling"]}), {"seed": 1}),
    }
    assert len(keys) == 5
    assert key_of(Pair(PAIR.before.copy(), PAIR.after.copy()), PLAN, {"seed": 1}) in keys


@pytest.mark.parametrize("on_disk", [True, False])
def test_a_few_are_kept_and_the_oldest_go(on_disk: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 2)
    kept = Remembered(tmp_path if on_disk else None)
    assert kept.find("a") is None
    for age, key in ((30, "a"), (20, "b"), (10, "c")):
        kept.keep(key, RESULT)
        if on_disk and (tmp_path / key).exists():
            os.utime(tmp_path / key, (1e9 - age, 1e9 - age))
    assert kept.find("a") is None and kept.find("c") is not None
    found = kept.find("b")
    assert found is not None and found.facts == {"steps": 3} and found.plan.knobs == PLAN.knobs
    if on_disk:
        assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "c"]


def test_a_damaged_one_is_forgotten(tmp_path: Path) -> None:
    kept = Remembered(tmp_path)
    kept.keep("a", RESULT)
    kept.keep("a", RESULT)
    (tmp_path / "a" / "encoder.safetensors").write_bytes(b"nothing")
    assert kept.find("a") is None and not (tmp_path / "a").exists()
    Remembered(tmp_path / "not there").keep("a", RESULT)
