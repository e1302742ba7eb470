"""A package as pip installs it: its folder, and beside it what says of it that it is there."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "fixtures" / "plugin" / "harpist_example"


def install(site: Path, entries: Mapping[str, str]) -> Path:
    """Install the package ``harpist-example`` with these entry points into a folder; returns the folder."""
    shutil.copytree(SOURCE, site / "harpist_example", ignore=shutil.ignore_patterns("__pycache__"))
    about = site / "harpist_example-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: harpist-example\nVersion: 1.0\n")
    lines = [f"{name} = {value}" for name, value in entries.items()]
    (about / "entry_points.txt").write_text("\n".join(["[harpist.endpoints]", *lines, ""]))
    return site


_EDITABLE = """
import sys
from importlib.util import spec_from_file_location


class Editable:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "harpist_example":
            return spec_from_file_location(name, {file!r}, submodule_search_locations=[{folder!r}])


sys.meta_path.append(Editable)
"""


def install_editable(site: Path, source: Path) -> Path:
    """Let Python find the package's own folder, as ``pip install -e`` does; returns the file that sees to it."""
    hook = site / "sitecustomize.py"
    hook.write_text(_EDITABLE.format(file=str(source / "__init__.py"), folder=str(source)))
    return hook
