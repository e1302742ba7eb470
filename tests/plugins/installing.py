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
