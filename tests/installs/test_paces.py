"""How fast a slow endpoint is, measured once when nobody wants anything, and told from then on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from app.backends.local import LocalBackend
from app.config import Settings
from app.harp.controls import MultiSelect
from app.installs import paces
from app.installs.paces import measure_paces, offer_paces
from app.jobs.service import JobService
from app.registry import Registry
from tests.fixtures.specs import endpoint_spec

TAGGER = MultiSelect("tagger", "Tagger", "Who listens.", ("one",), ("one",))
SPEC = replace(endpoint_spec("well_behaved", endpoint_id="harpist/slow"), timed=True)
OTHER = endpoint_spec("well_behaved", endpoint_id="harpist/quick")


def registry() -> Registry:
    made = Registry()
    made.add(SPEC)
    made.add(OTHER)
    return made


def test_it_is_measured_when_the_server_is_idle_and_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paces, "IDLE", 0.05)
    monkeypatch.setattr(paces, "_LOOK", 0.05)
    gone: list[str] = []

    async def measured() -> float:
        settings, endpoints = Settings(home=tmp_path, workers=1), registry()
        service = JobService(LocalBackend(settings), endpoints, settings)
        await service.start()
        try:
            await measure_paces(endpoints, service, tmp_path, 60.0, gone.append)
        finally:
            await service.close()
        assert endpoints.get("harpist/quick").speed == 0, "what does not ask for it costs nothing"
        return endpoints.get("harpist/slow").speed

    speed = asyncio.run(measured())
    assert speed > 1 and gone == ["harpist/slow"]
    again = registry()
    assert offer_paces(again, tmp_path) == () and again.get("harpist/slow").speed == speed


def test_it_waits_while_somebody_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(paces, "IDLE", 0.04)
    monkeypatch.setattr(paces, "_LOOK", 0.02)
    left = [1, 1, 0, 1, 0, 0, 0]

    class Busy:
        def running_now(self) -> int:
            return left.pop(0)

    asyncio.run(paces._wait_until_idle(Busy()))  # type: ignore[arg-type]
    assert left == [0], "two quiet looks, one after the other"


def test_what_was_kept_holds_for_other_choices_and_not_for_other_settings(tmp_path: Path) -> None:
    stamp = paces._stamp(replace(SPEC, inputs=(*SPEC.inputs, TAGGER)))
    more = replace(TAGGER, choices=("one", "two"))
    assert paces._stamp(replace(SPEC, inputs=(*SPEC.inputs, more))) == stamp
    assert paces._stamp(replace(SPEC, inputs=(*SPEC.inputs, replace(more, value=("two",))))) != stamp
    for text in ("", "[]", '{"a": "b"}', "{" * 10_000):
        (tmp_path / "paces.json").write_text(text)
        assert len(offer_paces(registry(), tmp_path)) == 1
