from __future__ import annotations

import pytest
from renaming import renamed

OURS = {"app.cli", "app.workers.child", "endpoints.bundled"}


def longer(source: str) -> str:
    return renamed(source, "harpist.", OURS.__contains__)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from app.cli import main", "from harpist.app.cli import main"),
        ("from app import __version__", "from harpist.app import __version__"),
        ("if x:\n from endpoints.bundled import (a,\n b)", "if x:\n from harpist.endpoints.bundled import (a,\n b)"),
        ("import app.cli as a, os, endpoints as e", "import harpist.app.cli as a, os, harpist.endpoints as e"),
        ('run("-m", "app.cli")', 'run("-m", "harpist.app.cli")'),
        ('"ü", "app.cli:main", "endpoints.bundled"', '"ü", "harpist.app.cli:main", "harpist.endpoints.bundled"'),
    ],
)  # fmt: skip
def test_a_name_of_ours_is_longer_afterwards(source: str, expected: str) -> None:
    assert longer(f"{source}\n") == f"{expected}\n"


@pytest.mark.parametrize(
    "source",
    [
        "from . import app",
        "from application.cli import main",
        "from apps import app",
        "app.cli.main()",
        '"app"',
        '"app.py"',
        '"app.cli is where main stands"',
        '"myapp.cli"',
        '"app.cli.main"',
        "# from app.cli import main",
        'f"{app}.cli"',
        's = """\nfrom app.cli import main\n"""',
    ],
)
def test_nothing_else_is_touched(source: str) -> None:
    assert longer(f"{source}\r\n") == f"{source}\r\n"


def test_what_ends_no_line_of_python_moves_no_name() -> None:
    assert longer('a = "\u2028\x0c"\nfrom app.cli import b\n').endswith("\nfrom harpist.app.cli import b\n")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("x = 1\nimport app.cli", "line 2: “import app.cli” needs “as”"),
        ("from  app.cli import main", "line 1: from app.cli is expected here"),
        ("x = 'app.cli'", 'line 1: "app.cli is expected here'),
        ('x = f"app.cli{x}"', "line 1: app.cli is a part of a formatted string"),
    ],
)
def test_what_cannot_be_renamed_is_told(source: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace("(", r"\(")):
        longer(source)
