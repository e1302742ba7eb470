"""What the wiring does beside wiring."""

from __future__ import annotations

import asyncio
import errno

import pytest

from app.main import warm_up


class Broken:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def warm_up(self) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.EMFILE, "Too many open files", "/srv/a"), "Too many open files"),
        (ImportError("/srv"), "ImportError"),
    ],
)
def test_pages_that_cannot_be_prepared_cost_a_line_and_not_the_server(error, reason):
    said: list[str] = []
    asyncio.run(warm_up(Broken(error), said.append))
    assert said == [f"harpist: the models' pages cannot be shown yet: {reason}."]
