from __future__ import annotations

import pytest

from app.hub.meter import Meter, Transfer


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_speed_and_time_left() -> None:
    seen: list[Transfer] = []
    clock = Clock()
    meter = Meter(1000, seen.append, clock)
    for step in range(5):
        meter.update(100 * step)
        clock.now += 1
    assert seen[0] == Transfer(0, 1000)
    assert seen[-1].speed == pytest.approx(100) and seen[-1].left == pytest.approx(6)
    meter.finish()
    assert seen[-1] == Transfer(1000, 1000, 0.0, 0.0)


def test_reports_at_most_ten_times_a_second() -> None:
    seen: list[Transfer] = []
    clock = Clock()
    meter = Meter(10_000, seen.append, clock)
    for step in range(1000):
        meter.update(step)
        clock.now += 0.001
    assert 9 <= len(seen) <= 11


def test_what_was_here_before_is_no_speed() -> None:
    seen: list[Transfer] = []
    clock = Clock()
    meter = Meter(1_000_000, seen.append, clock)
    meter.update(900_000)
    clock.now += 1
    meter.update(900_010)
    assert seen[-1].speed == pytest.approx(10)


def test_an_old_speed_is_forgotten_and_a_restart_is_none() -> None:
    seen: list[Transfer] = []
    clock = Clock()
    meter = Meter(1_000_000, seen.append, clock)
    for step in range(20):
        meter.update(1000 * min(step, 3))
        clock.now += 1
    assert seen[-1].speed == 0 and seen[-1].left is None
    meter.update(0)
    assert seen[-1] == Transfer(0, 1_000_000)
