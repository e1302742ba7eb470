from __future__ import annotations

from pathlib import Path

import pytest

from app import sources
from app.errors import SettingsError
from app.registry import Registry, local_id


def exported(kind: str, out: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """Have an exporter of ``tests/fixtures/exporters`` run; return the ids that it told, and what was said."""
    monkeypatch.setattr(sources, "BUNDLED", f"tests.fixtures.exporters.{kind}")
    monkeypatch.setattr(sources, "SILENCE", 2.0)
    said: list[str] = []
    return sources.export_bundled(out, said.append), said


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Mönster 日本", "local/Monster"), ("日本", "local/model"), ("a b/..", "local/a-b"), ("taken", "local/taken-2")],
)
def test_a_folder_is_named_in_the_characters_of_an_id(name: str, expected: str, tmp_path: Path) -> None:
    registry = Registry()
    registry.add_folder("local/taken", tmp_path)
    assert local_id(registry.ids(), name) == expected


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
