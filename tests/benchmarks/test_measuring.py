from __future__ import annotations

import pytest

from benchmarks.measuring import Ratios, goal, in_turns, ratios


def test_what_is_compared_runs_in_turns_and_first_as_often_as_last() -> None:
    order: list[str] = []

    def timed(name: str, seconds: float) -> float:
        order.append(name)
        return seconds

    results = in_turns({"a": lambda: timed("a", 3.0), "b": lambda: timed("b", 2.0)}, 3)

    assert order == ["a", "b", "b", "a", "a", "b"]
    assert ratios(results, "a", "b") == Ratios((1.5, 1.5, 1.5))


def test_a_line_shows_median_spread_and_turns() -> None:
    assert Ratios((1.0, 3.0, 1.25)).cells == ("**1.25**", "1.00 – 3.00", "3")


@pytest.mark.parametrize(("value", "said"), [(1.05, "met"), (1.06, "missed")])
def test_a_goal_is_met_or_missed(value: float, said: str) -> None:
    assert goal(value, 1.05) == f"at most 1.05: {said}"
