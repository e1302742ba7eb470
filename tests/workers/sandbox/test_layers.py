"""What is told of the sandbox, and what ``--require-sandbox`` refuses."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.backends.base import JobRequest
from app.backends.local import LocalBackend
from app.cli.serve import announcement
from app.config import Settings
from app.errors import AccessError, HarpistError
from app.registry import Registry
from app.workers.sandbox import landlock, syscalls
from app.workers.sandbox.layers import layers, refusal, summary
from tests.fixtures.specs import endpoint_spec, sound


@pytest.fixture
def without_libseccomp(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(syscalls, "missing", lambda: "the system library libseccomp is not installed")
    layers.cache_clear()
    yield
    layers.cache_clear()


def test_every_layer_tells_what_it_does_or_why_it_is_missing() -> None:
    names = [layer.name for layer in layers()]
    assert names == ["files", "system calls", "privileges", "memory", "file size", "environment", "watch"]
    for layer in layers():
        assert layer.active != layer.sentence.startswith("Missing: ")
    active = {layer.name for layer in layers() if layer.active}
    assert active >= {"environment", "watch"}
    assert ("files" in active) == (not landlock.missing())
    if sys.platform == "linux":
        assert active >= {"privileges", "memory", "file size"}


def test_the_layers_are_told_at_the_start() -> None:
    assert announcement(Settings(), 7860, Registry()).splitlines()[-1] == summary()


def test_a_missing_layer_is_told(without_libseccomp: None) -> None:
    assert "not on this machine: system calls (the system library libseccomp is not installed)" in summary()
    assert "lacks: system calls (the system library" in refusal()


def test_a_model_from_elsewhere_is_refused_where_every_layer_is_required(
    without_libseccomp: None, tmp_path: Path
) -> None:
    async def run(require: bool, trusted: bool) -> None:
        backend = LocalBackend(Settings(home=tmp_path, require_sandbox=require))
        folder = tmp_path / f"{require}-{trusted}"
        folder.mkdir()
        request = JobRequest(
            "one", replace(endpoint_spec("no_such_module"), trusted=trusted), (sound(tmp_path),), {}, folder
        )
        try:
            await backend.run(request, lambda: None, lambda fraction: None)
        finally:
            await backend.close()

    with pytest.raises(AccessError, match="complete sandbox only"):
        asyncio.run(run(True, False))
    for require, trusted in ((True, True), (False, False)):
        with pytest.raises(HarpistError, match="ModuleNotFoundError"):
            asyncio.run(run(require, trusted))
