"""What the wiring does beside wiring."""

from __future__ import annotations

import asyncio
import errno

import pytest

from app.config import Settings
from app.main import create_app, warm_up
from app.registry import Registry
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.serving import serving


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


def test_a_start_makes_the_first_call_itself(tmp_path, monkeypatch):
    asked: list[tuple[object, str]] = []

    async def noted(app: object, endpoint_id: str) -> bool:
        asked.append((app, endpoint_id))
        return True

    monkeypatch.setattr("app.main.rehearse", noted)
    settings = Settings(home=tmp_path, late_pages=True)
    registry = Registry(settings.root)
    registry.add(spec(Mirror, "test/mirror"))
    registry.add(spec(Mirror, "test/second"))
    app = create_app(settings, registry, lambda line: None)
    with serving(app):
        asyncio.run(app.settled())
    assert asked == [(app, "test/mirror")]
