from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from app import bundled_models
from app.errors import SettingsError


def exported(kind: str, out: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """Have an exporter of ``tests/fixtures/exporters`` run; return the ids that it told, and what was said."""
    monkeypatch.setattr(bundled_models, "EXPORTER", f"tests.fixtures.exporters.{kind}")
    monkeypatch.setattr(bundled_models, "SILENCE", 2.0)
    said: list[str] = []
    with bundled_models.Export(out) as export:
        return export.ids(said.append), said


def test_a_first_export_is_announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids, said = exported("quick", tmp_path / "new", monkeypatch)
    assert ids == ["test/one", "test/two"]
    assert len(said) == 1 and said[0].startswith("Preparing the bundled models")


def test_nothing_is_said_where_all_is_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test").mkdir()
    assert exported("quick", tmp_path, monkeypatch) == (["test/one", "test/two"], [])


def test_an_export_that_takes_long_is_announced_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test").mkdir()
    ids, said = exported("slow", tmp_path, monkeypatch)
    assert ids == ["test/one"] and len(said) == 1


def test_an_export_that_fails_tells_its_last_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"could not be exported into .*: The disk is full.$"):
        exported("failing", tmp_path, monkeypatch)


def test_a_model_whose_weights_are_missing_costs_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test").mkdir()
    ids, said = exported("lacking", tmp_path, monkeypatch)
    assert ids == ["test/two"]
    assert said == ["harpist: left out test/one: The weights in some-package==1.0 are missing."]


def test_one_export_serves_whoever_began_it_and_whoever_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundled_models, "EXPORTER", "tests.fixtures.exporters.quick")
    with bundled_models.Export(tmp_path) as begun, begun as export:
        ids = export.ids(lambda _: None)
    assert ids == ["test/one", "test/two"]


def test_an_export_ends_with_whoever_began_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled_models, "EXPORTER", "tests.fixtures.exporters.slow")
    with pytest.raises(KeyboardInterrupt), bundled_models.Export(tmp_path):
        raise KeyboardInterrupt
    running = [part for child in psutil.Process().children() for part in child.cmdline()]
    assert "tests.fixtures.exporters.slow" not in running
