"""What is not documented fails here: settings, flags, modules and public names."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest

from app.audacitorch.describe import describe
from app.audacitorch.profile import read_profile
from app.cli import _parser
from app.config import SETTINGS
from app.harp.controls import NumberBox, Slider
from app.sources import IN_PYTHON
from endpoints.bundled import NAMES, model_id
from tests.documentation import DOCS, PAGES

ROOT = Path(__file__).parent.parent
MARKDOWN = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(path for path in sorted(ROOT.glob("*/*.md")) if path.parts[-2][0] != "."),
]
COMMAND = re.compile(r"^[$>#] (?:.*\.venv[/\\]\w+[/\\]|docker compose exec harpist )?harpist (.*)", re.MULTILINE)
SOURCES = sorted(path for folder in ("app", "endpoints") for path in (ROOT / folder).rglob("*.py"))


def test_every_setting_has_help_that_is_a_sentence_and_a_unit() -> None:
    for name, item in SETTINGS.items():
        assert item.metadata["help"].endswith("."), name
        assert len(item.metadata["help"]) > 20, name
        assert item.metadata["unit"], name


@pytest.mark.parametrize("page", PAGES)
def test_a_page_made_from_the_code_is_up_to_date(page: str) -> None:
    assert (DOCS / page).read_text(encoding="utf-8") == PAGES[page](), "run: python -m tests.documentation"


def test_the_readme_names_every_bundled_model() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if model_id(name) not in readme] == []
    assert [name for name in IN_PYTHON if name not in readme] == []


def test_every_endpoint_track_and_control_has_help_with_its_unit(bundled_home: Path) -> None:
    for name in NAMES:
        folder = bundled_home / "bundled" / model_id(name)
        spec = describe(model_id(name), folder, read_profile(folder / "profile.json", folder))
        assert len(spec.card.description) > 60, name
        for item in (*spec.inputs, *spec.outputs):
            assert len(item.info) > 15, (name, item.label)
            assert item.info.endswith("."), (name, item.label)
        for control in spec.controls:
            if isinstance(control, (Slider, NumberBox)):
                assert control.unit, (name, control.label)
                assert control.unit.lower() in control.info.lower(), (name, control.label)


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_and_path_of_a_page_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [page.parent / link for link in re.findall(r"\]\((?!\w+:)([^)#]+)", text)]
    paths = [ROOT / path for path in re.findall(r"`((?:app|docs|tests|benchmarks)/[\w./-]+)`", text)]
    assert [str(path) for path in (*links, *paths) if not path.exists()] == []


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_of_a_page_is_understood(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for line in COMMAND.findall(text):
        _parser().parse_args(shlex.split(line, comments=True))
    assert not re.search(r"python3? -m app(?![.\w])", text), "users have the command harpist"


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 200


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_and_stays_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "no docstring"
    assert len(text.splitlines()) <= 300, "more than one concept?"
