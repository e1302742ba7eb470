"""The security page says of every layer what it is, and names tests that exist."""

import re
from pathlib import Path

from app.workers.sandbox.layers import layers

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_layer_has_its_line() -> None:
    names = [line.split("|")[1].strip() for line in PAGE.splitlines() if line.startswith("| ")][1:]
    assert [name for name in names if set(name) != {"-"}] == [layer.name for layer in layers()]


def test_what_it_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/.]+)`", PAGE)
    assert len(named) > 8
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_its_flags_exist() -> None:
    settings = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [flag for flag in set(re.findall(r"--[a-z][a-z-]+", PAGE)) - {"--silent"} if flag not in settings] == []
