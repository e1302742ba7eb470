"""A model's folder: model.pt, metadata.json and README.md, all of them or none."""

from __future__ import annotations

import glob
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from torch import nn

from app.audacitorch.authoring.compiling import in_eval_mode, scripted
from app.audacitorch.metadata import parse_metadata
from app.audacitorch.torchscript import save_archive
from app.errors import AccessError, ModelFormatError

_OUTPUT = re.compile(r"example-out-\d+\.wav|example-labels\.txt")
_ABANDONED = 3600.0
"""Seconds after which an unfinished folder is nobody's: no export takes so long."""


def export_model(
    module: nn.Module, metadata: Mapping[str, object], folder: str | Path, *, readme: str = "", licence: str = "mit"
) -> Path:
    """Script a module and write model.pt, metadata.json and README.md only, without trying it; all files, or none.

    Args:
        module: derived from one of :mod:`app.audacitorch.bases`.
        metadata: the content of ``metadata.json``, in the keys of the latest generation.
        folder: where to; other files that lie there stay.
        readme: Markdown that follows the header of README.md.
        licence: an SPDX id, or the hub's name of a licence, for that header.

    Returns:
        ``folder``.

    Raises:
        ModelFormatError: the metadata deviate from the format, or the module does not compile.
        AccessError: the folder cannot be written.
    """
    text = metadata_text(metadata)
    deviations = parse_metadata(text).warnings
    if deviations:
        raise ModelFormatError(f"The metadata are not exported: {deviations[0]}")
    path = checked_folder(folder)
    with in_eval_mode(module), unfinished(path) as made:
        save_archive(scripted(module), made / "model.pt")
        (made / "metadata.json").write_text(text, encoding="utf-8")
        header = f"---\ntags: audacity\nlicense: {licence}\n---\n"
        (made / "README.md").write_text(f"{header}\n{readme.strip()}\n", encoding="utf-8")
        move_into(made, path)
    return path


def metadata_text(metadata: Mapping[str, object]) -> str:
    """Return the text of metadata.json.

    Raises:
        ModelFormatError: it cannot be written as JSON.
    """
    if not isinstance(metadata, Mapping):
        raise ModelFormatError("The metadata are no dictionary; the content of metadata.json is expected.")
    for key, value in metadata.items():
        try:
            json.dumps({key: value}, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ModelFormatError(
                f"The metadata's “{key}” cannot be written as JSON; texts, finite numbers, booleans, lists and "
                "dictionaries are expected."
            ) from error
    return json.dumps(dict(metadata), indent=2, ensure_ascii=False) + "\n"


def checked_folder(folder: str | Path) -> Path:
    """Return the whole path of the folder to export to.

    Raises:
        AccessError: it is a file.
    """
    path = Path(folder).expanduser().resolve()
    if path.exists() and not path.is_dir():
        raise AccessError(f"“{folder}” is a file; a folder to export to is expected.")
    return path


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """Give a folder beside ``folder`` to write in, which is gone afterwards.

    Raises:
        AccessError: it cannot be written.
    """
    prefix = f".{folder.name}-export-"
    made: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _forget_abandoned(folder.parent, prefix)
        made = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
        yield made
    except OSError as error:
        raise AccessError(f"“{folder}” cannot be written: {error.strerror or error}.") from error
    finally:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)


def move_into(made: Path, folder: Path) -> None:
    """Put what was made in its place, and drop what an earlier export made of another example.

    The old model goes first and the new one comes last: a process that is killed in between leaves a folder without
    a model, which nobody takes for one, and never one that mixes two. Other files, and the folder itself, stay.

    Raises:
        AccessError: a folder has the name of one of the files.
    """
    names = sorted(path.name for path in made.iterdir() if path.is_file())
    for name in names:
        if (folder / name).is_dir():
            raise AccessError(f"“{folder}” holds a folder “{name}”, where a file of the model belongs.")
    folder.mkdir(mode=0o755, exist_ok=True)
    (folder / "model.pt").unlink(missing_ok=True)
    for path in folder.iterdir():
        if _OUTPUT.fullmatch(path.name) and "example.wav" in names and path.name not in names:
            path.unlink()
    for name in (*(name for name in names if name != "model.pt"), "model.pt"):
        (made / name).replace(folder / name)


def _forget_abandoned(parent: Path, prefix: str) -> None:
    """Remove what exports that were killed have left behind."""
    for path in parent.glob(f"{glob.escape(prefix)}*"):
        if time.time() - path.stat().st_mtime > _ABANDONED:
            shutil.rmtree(path, ignore_errors=True)
