from __future__ import annotations

import numpy as np
import pytest

from endpoints.time_pitch.time_map import time_map


@pytest.mark.parametrize("stretch", [0.25, 0.7, 1.0, 1.5, 4.0])
@pytest.mark.parametrize("attacks", [[], [0.0], [5000.0], [100.0, 300.0, 9000.0, 9990.0]])
def test_attacks_lie_where_they_belong_and_time_never_turns_back(stretch: float, attacks: list[float]) -> None:
    lines = time_map(10000, stretch, attacks, 700.0)
    assert lines.after[-1] == 10000 * stretch and lines.before[-1] == 10000
    assert (np.diff(lines.after) >= 0).all() and (np.diff(lines.before) >= 0).all()
    for attack in attacks:
        assert lines.moments(np.array([attack * stretch]))[0] == pytest.approx(attack)


def test_sound_near_an_attack_keeps_its_speed() -> None:
    lines = time_map(10000, 2.0, [5000.0], 700.0)
    around = lines.moments(10000.0 + np.arange(-700.0, 701.0, 100.0))
    assert np.diff(around) == pytest.approx(100.0)
    assert lines.attacks == ((4300.0, 5000.0),)


def test_near_attacks_leave_room_for_what_is_between() -> None:
    lines = time_map(10000, 0.5, [5000.0, 5100.0], 700.0)
    (_, first), (begin, second) = lines.attacks
    assert (first, second) == (5000.0, 5100.0) and begin == pytest.approx(5100.0 - 15.0)
