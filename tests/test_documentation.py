"""What is not documented fails here: settings, flags, modules and public names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from app.config import SETTINGS, environment_name

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for folder in ("app", "endpoints") for path in (ROOT / folder).rglob("*.py"))


def settings_table() -> str:
    rows = ["| flag | environment | default | unit | what it does |", "| --- | --- | --- | --- | --- |"]
    for name, item in SETTINGS.items():
        default = "" if item.default in ((), "") else f"`{item.default}`"
        flag = f"`--{name.replace('_', '-')}`"
        cells = [flag, f"`{environment_name(name)}`", default, item.metadata["unit"], item.metadata["help"]]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def test_every_setting_has_help_that_is_a_sentence_and_a_unit() -> None:
    for name, item in SETTINGS.items():
        assert item.metadata["help"].endswith("."), name
        assert len(item.metadata["help"]) > 20, name
        assert item.metadata["unit"], name


def test_the_settings_page_lists_every_setting() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert settings_table() in page, f"docs/settings.md should hold:\n{settings_table()}"


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 200


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_and_stays_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "no docstring"
    assert len(text.splitlines()) <= 300, "more than one concept?"
