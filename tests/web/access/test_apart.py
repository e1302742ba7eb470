"""Two people on one server: what either of them sends, by whatever way, ends or opens nothing of the other's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.specs import wav
from tests.wire.clients import CLIENTS, HarpClient


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "take.wav"
    path.write_bytes(wav(bytes(400)))
    return path


def test_a_cancel_with_another_ones_client_value_ends_nothing(guarded, sound):
    def client(key: str) -> HarpClient:
        made = CLIENTS[-1](f"{guarded.site.url}/key/{key}/models/test/mirror")
        made.client_header = "the same in both"
        made.load()
        next(widget for widget in made.widgets if widget.label == "Seconds").value = 20.0
        return made

    def callers() -> list[str]:
        jobs = list(guarded.site.service._jobs.values())
        return [job.caller.name for job in jobs if not job.update.state.ended]

    anna, ben = client(guarded.anna), client(guarded.ben)
    ben.begin(sound)
    guarded.site.wait(lambda: callers() == ["Ben"], 30)
    anna.begin(sound)
    guarded.site.wait(lambda: callers() == ["Ben", "Anna"], 30)
    ben.cancel()
    guarded.site.wait(lambda: len(callers()) == 1, 30)
    assert callers() == ["Anna"]
    anna.cancel()
    guarded.site.wait(lambda: not callers(), 30)
