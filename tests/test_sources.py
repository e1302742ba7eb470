from __future__ import annotations

from pathlib import Path

import pytest

from app.registry import Registry, local_id


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Mönster 日本", "local/Monster"), ("日本", "local/model"), ("a b/..", "local/a-b"), ("taken", "local/taken-2")],
)
def test_a_folder_is_named_in_the_characters_of_an_id(name: str, expected: str, tmp_path: Path) -> None:
    registry = Registry()
    registry.add_folder("local/taken", tmp_path)
    assert local_id(registry.ids(), name) == expected
