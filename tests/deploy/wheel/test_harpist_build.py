from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import harpist_build
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.wheel.installing import ROOT, built
from tests.test_requirements import stated


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    return folder / harpist_build.build_wheel(str(folder))


@pytest.fixture(scope="module")
def files(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.fixture(scope="module")
def told(files: dict[str, bytes]) -> Message:
    return message_from_bytes(files["harpist-0.1.0.dist-info/METADATA"])


def test_it_holds_everything_that_a_server_and_an_author_need(files: dict[str, bytes]) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "app", "endpoints", "spaces/templates", "requirements*.txt", "constraints.txt", "LICENSE"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert [name for name in tracked if (ROOT / name).is_file() and f"harpist/{name}" not in files] == []
    assert {name.partition("/")[0] for name in files} == {"harpist", "harpist-0.1.0.dist-info"}
    for name in tracked:
        if not name.endswith(".py") and (ROOT / name).is_file():
            assert files[f"harpist/{name}"] == (ROOT / name).read_bytes(), name


def test_no_module_in_it_goes_by_our_short_names(files: dict[str, bytes]) -> None:
    named = re.compile(r"(app|endpoints)(\.[a-z_0-9]+)+(:\w+)?")
    renamed = 0
    for name, content in files.items():
        if not name.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(content)):
            found = []
            if isinstance(node, ast.ImportFrom) and not node.level:
                found = [node.module or ""]
            elif isinstance(node, ast.Import):
                found = [alias.name for alias in node.names]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and named.fullmatch(node.value):
                # What looks like a module's name, and is a file's, is none.
                found = [node.value] if f"harpist/{node.value.replace('.', '/')}.py" in files else []
            assert [one for one in found if one.partition(".")[0] in ("app", "endpoints")] == [], name
            renamed += sum(one.startswith("harpist.") for one in found)
    assert renamed > 2000


def test_the_same_sources_make_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    assert built(tmp_path / "again").read_bytes() == wheel.read_bytes(), "by pip, too"


def test_every_pin_is_in_it(told: Message) -> None:
    asked = [Requirement(line) for line in told.get_all("Requires-Dist") or []]
    here = [one for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]
    pinned = {canonicalize_name(one.name): str(one.specifier) for one in here}
    assert len(pinned) == len(here), "one release of each"
    for one in stated("requirements.txt", "constraints.txt"):
        assert pinned.pop(canonicalize_name(one.name), str(one.specifier)) == str(one.specifier)
    assert pinned == {}


def test_each_extra_is_a_requirements_file(told: Message) -> None:
    asked = [Requirement(line) for line in told.get_all("Requires-Dist") or []]
    assert told.get_all("Provides-Extra") == list(harpist_build.EXTRAS)
    for extra in harpist_build.EXTRAS:
        given = {
            f"{canonicalize_name(one.name)}{one.specifier}"
            for one in asked
            if one.marker and one.marker.evaluate({"extra": extra}) and not one.marker.evaluate({"extra": ""})
        }
        lines = stated(f"requirements-{extra}.txt")
        assert given == {f"{canonicalize_name(one.name)}{one.specifier}" for one in lines}, extra
        assert given


def test_there_is_no_source_archive(tmp_path: Path) -> None:
    with pytest.raises(NotImplementedError, match="build the wheel from its checkout"):
        harpist_build.build_sdist(str(tmp_path))


def test_an_import_that_cannot_be_renamed_ends_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "wrong.py").write_text("import app.wrong\n")
    monkeypatch.setattr(harpist_build, "ROOT", tmp_path)
    with pytest.raises(SystemExit, match=r"harpist: app/wrong\.py: line 1: “import app\.wrong” needs “as”"):
        dict(harpist_build._code())


def test_the_checkout_installed_in_place_gives_the_command(tmp_path: Path) -> None:
    with zipfile.ZipFile(built(tmp_path / "wheel", editable=True)) as opened:
        opened.extractall(tmp_path / "packages")
    program = (
        "import harpist, sys, app; from harpist import WaveformToLabelsBase, export; "
        "print(app.__file__, export.__module__); "
        "from harpist.__main__ import main; sys.argv[1:] = ['--version']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "packages")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        f"{ROOT / 'app' / '__init__.py'} app.audacitorch.authoring.exporting", "harpist 0.1.0",
    ], done.stderr  # fmt: skip
