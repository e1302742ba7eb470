"""Everything that is found without opening the model. Standard library only."""

from __future__ import annotations

from pathlib import Path

from app.audacitorch.checking.files import check_model_file, check_readme
from app.audacitorch.checking.report import Finding
from app.audacitorch.checking.schema import check_metadata


def check_files(folder: Path) -> tuple[list[Finding], bool]:
    """Return what is wrong with a model's files, and whether the model can be tried all the same."""
    of_model = check_model_file(folder)
    of_metadata, metadata = check_metadata(folder)
    return [*of_model, *of_metadata, *check_readme(folder)], metadata is not None and not of_model
