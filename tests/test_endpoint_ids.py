from __future__ import annotations

from pathlib import Path

import pytest

from app.endpoint_ids import check_id, local_id
from app.errors import HarpistError, SettingsError
from app.registry import Registry


@pytest.mark.parametrize("good", ["harpist/pitch-notes", "hugggof/ConvTasNet-DAMP-Vocals", "a/b", "A_1/b.c"])
def test_ids_that_name_an_endpoint(good: str) -> None:
    assert check_id(good) == good


@pytest.mark.parametrize(
    "bad",
    ["", "a", "a/", "/b", "a/b/c", "../b", "a/..", "a/b..c", "a b/c", "a/b\n", ".a/b", "a/é", "a" * 97 + "/b", "a\\b"],
)
def test_ids_that_name_none(bad: str) -> None:
    with pytest.raises(SettingsError, match="OWNER/NAME"):
        check_id(bad)
    with pytest.raises(HarpistError):
        Registry().add_folder(bad, Path("nowhere"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Mönster 日本", "local/Monster"), ("日本", "local/model"), ("a b/..", "local/a-b"), ("taken", "local/taken-2")],
)
def test_a_folder_is_named_in_the_characters_of_an_id(name: str, expected: str, tmp_path: Path) -> None:
    registry = Registry()
    registry.add_folder("local/taken", tmp_path)
    assert local_id(registry.ids(), name) == expected
