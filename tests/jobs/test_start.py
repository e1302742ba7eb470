"""What a start does beside its first answers."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from app.backends.local import LocalBackend
from app.config import Settings
from app.errors import NotFoundError, StartingError
from app.jobs import start as module
from app.jobs.service import JobService
from app.jobs.start import Start
from app.jobs.trial import try_model
from app.registry import Registry
from tests.audacitorch.models import EFFECT, save
from tests.fixtures.models.endless import Endless
from tests.fixtures.models.half import Half


async def nothing() -> None:
    """What else a start does, here."""


class Scene:
    """A start over a registry, and what it said."""

    def __init__(self, home: Path, registry: Registry, seconds: float) -> None:
        settings = Settings(home=home, workers=1)
        self.registry = registry
        self.service = JobService(LocalBackend(settings), registry, settings)
        self.said: list[str] = []
        self.spoke = asyncio.Event()
        self.start = Start(self.service, registry, seconds, self._say)
        self.seen: list[tuple[str, tuple[str, ...]]] = []

    def _say(self, line: str) -> None:
        self.said.append(line)
        self.spoke.set()
        self.seen.append((self.start.progress.step, self.registry.held()))

    def run(self) -> None:
        async def act() -> None:
            await self.service.start()
            try:
                self.start.begin(nothing)
                await self.start.settled()
            finally:
                await self.start.close()
                await self.service.close()

        asyncio.run(act())


def test_one_that_hangs_comes_last_and_costs_no_other_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry()
    for name, made in (("endless", Endless()), ("half", Half())):
        registry.add_folder(f"me/{name}", save(made, EFFECT, tmp_path / name), tmp_path / f"{name}.json")
    asked: list[tuple[str, float]] = []

    async def limited(service: JobService, name: str, folder: Path, profile: Path, seconds: float) -> None:
        """A real trial, whose limit tells the two apart on a machine that is busy, too."""
        asked.append((name, seconds))
        await try_model(service, name, folder, profile, 2.0 if name == "me/endless" else 120.0)

    monkeypatch.setattr(module, "try_model", limited)
    scene = Scene(tmp_path, registry, 60.0)
    scene.run()
    assert asked == [("me/endless", module.SHORT), ("me/half", module.SHORT), ("me/endless", 60.0)]
    assert registry.ids() == ("me/half",) and registry.held() == ()
    assert [line.rpartition(", after ")[0] or line for line in scene.said] == [
        "harpist: trying me/endless (1 of 2) …",
        "harpist: me/endless needs longer than 20 s; the others come first.",
        "harpist: trying me/half (2 of 2) …",
        "harpist: me/half is ready",
        "harpist: trying me/endless (1 of 2) …",
        "harpist: left out me/endless: The model was given up: loading and trying it took longer than 2 s (the setting "
        "load_timeout).",
    ]
    assert scene.seen[0] == ("trying 1 of 2", ("me/endless", "me/half"))
    assert scene.seen[4] == ("trying 1 of 2", ("me/endless",)), "the other one is offered meanwhile"


def test_a_copied_model_is_known_whatever_its_times(tmp_path: Path) -> None:
    first = Registry()
    first.add_folder("me/half", save(Half(), EFFECT, tmp_path / "half"), tmp_path / "half" / "profile.json")
    scene = Scene(tmp_path / "1", first, 60.0)
    scene.run()
    assert "me/half is ready" in scene.said[-1]
    shutil.copytree(tmp_path / "half", tmp_path / "copy", copy_function=shutil.copyfile)
    os.utime(tmp_path / "copy" / "model.pt", ns=(1, 1))
    second = Registry()
    second.add_folder("me/half", tmp_path / "copy", tmp_path / "copy" / "profile.json")
    scene = Scene(tmp_path / "2", second, 60.0)
    scene.run()
    assert scene.said == [] and second.get("me/half").card.name


def test_what_is_not_tried_yet_says_so(tmp_path: Path) -> None:
    registry = Registry()
    registry.add_folder("me/half", save(Half(), EFFECT, tmp_path / "half"), tmp_path / "half.json")
    registry.hold("me/half", lambda: "The server is starting: trying 3 of 7; ask again in some seconds.")
    for ask in (lambda: registry.get("me/half"), registry.root):
        with pytest.raises(StartingError, match="starting: trying 3 of 7") as caught:
            ask()
        assert caught.value.status == 503
    assert registry.ids() == ("me/half",) and not registry.is_root("me/half")
    registry.release("me/half")
    assert registry.root() == "me/half"


def test_an_end_ends_the_start(tmp_path: Path) -> None:
    registry = Registry()
    registry.add_folder("me/endless", save(Endless(), EFFECT, tmp_path / "endless"), tmp_path / "endless.json")
    scene = Scene(tmp_path, registry, 600.0)

    async def act() -> None:
        await scene.service.start()
        scene.start.begin(nothing)
        await scene.spoke.wait()
        await scene.service.close()
        await scene.start.close()

    asyncio.run(act())
    assert len(scene.said) == 1, "nothing is left out for that"


def test_a_server_that_is_of_no_use_says_why(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Registry("me/none"), 1.0)

    async def root() -> None:
        scene.registry.root()

    async def act() -> None:
        scene.start.begin(root)
        with pytest.raises(NotFoundError, match="me/none"):
            await scene.start.settled()
        await scene.start.close()
        assert scene.start.progress.done

    asyncio.run(act())
