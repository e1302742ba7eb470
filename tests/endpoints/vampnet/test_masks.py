"""Masks, by hand; against the authors' program: test_parity.py."""

from __future__ import annotations

import torch

from endpoints.vampnet.masks import Hints, around, forgotten, hinted, with_ends, within


def lots(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def rows(mask: torch.Tensor) -> list[str]:
    return ["".join(map(str, row)) for row in mask.int().tolist()]


def test_a_period_begins_anywhere() -> None:
    found = {rows(hinted(1, 12, Hints(period=4, books=1), [], [], lots(seed)))[0] for seed in range(30)}
    assert found == {"011101110111", "101110111011", "110111011101", "111011101110"}


def test_onsets_and_beats_are_kept_in_the_first_books() -> None:
    hints = Hints(period=0, onset_width=1, beat_steps=2, books=1)
    assert rows(hinted(2, 10, hints, [3], [7], lots())) == ["1100111001"[:2] + "00" + "111001", "1111111111"]


def test_a_beat_stays_where_all_else_is_forgotten() -> None:
    hints = Hints(period=1, beat_steps=1, forgotten=1.0, books=1)
    [found] = rows(hinted(1, 400, hints, [], [5], lots()))
    assert found[5] == "0" and 100 < found.count("0") < 200, "drawn with repetition: a part of 1/e is never drawn"


def test_what_is_drawn_here_and_there() -> None:
    found = hinted(4, 500, Hints(period=0, chance=0.25, books=4), [], [], lots())
    assert 0.2 < float((~found).float().mean()) < 0.3
    assert (found == hinted(4, 500, Hints(period=0, chance=0.25, books=4), [], [], lots())).all()


def test_books_that_are_kept_everywhere() -> None:
    assert rows(hinted(4, 3, Hints(period=0, books=3, kept=2), [], [], lots())) == ["000", "000", "111", "111"]


def test_ends_are_kept_where_anything_is() -> None:
    mask = torch.ones(2, 5, dtype=torch.bool)
    assert rows(with_ends(mask)) == ["11111", "11111"]
    mask[0, 2] = False
    assert rows(with_ends(mask)) == ["01010", "01110"]


def test_places_outside_count_as_far_as_they_reach_in() -> None:
    assert rows(around(1, 6, [-1, 0, 6, 40], 1, 2)) == ["001110"]
    assert rows(within(1, 6, 2, 40)) == ["001111"]
    assert rows(forgotten(within(1, 6, 2, 4), 0.0, lots())) == ["001100"]
