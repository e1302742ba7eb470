"""A model's folder: model.pt, metadata.json and README.md, all of them or none."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn

from app.audacitorch.failures import clean_reason
from app.audacitorch.metadata import parse_metadata
from app.audacitorch.torchscript import save_archive, script
from app.errors import ModelFormatError

_OUTPUT = re.compile(r"example-out-\d+\.wav|example-labels\.txt")


def export_model(
    module: nn.Module, metadata: Mapping[str, object], folder: Path, *, readme: str = "", licence: str = "mit"
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
    """
    text = metadata_text(metadata)
    deviations = parse_metadata(text).warnings
    if deviations:
        raise ModelFormatError(f"The metadata are not exported: {deviations[0]}")
    compiled = scripted(module)
    with unfinished(folder) as made:
        (made / "metadata.json").write_text(text, encoding="utf-8")
        header = f"---\ntags: audacity\nlicense: {licence}\n---\n"
        (made / "README.md").write_text(f"{header}\n{readme.strip()}\n", encoding="utf-8")
        save_archive(compiled, made / "model.pt")
        move_into(made, folder)
    return folder


def metadata_text(metadata: Mapping[str, object]) -> str:
    """Return the text of metadata.json.

    Raises:
        ModelFormatError: it cannot be written as JSON.
    """
    try:
        return json.dumps(dict(metadata), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise ModelFormatError(
            "The metadata cannot be written as JSON; texts, finite numbers, booleans, lists and objects are expected."
        ) from error


def scripted(module: nn.Module) -> torch.jit.ScriptModule:
    """Compile a module in eval mode.

    Raises:
        ModelFormatError: it does not compile.
    """
    module.eval()
    try:
        return script(module)
    except Exception as error:
        reason = clean_reason(str(error)) or "see the author's guide"
        raise ModelFormatError(f"The module does not compile as TorchScript: {reason}.") from error


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """Give a folder beside ``folder`` to write in, which is gone afterwards."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def move_into(made: Path, folder: Path) -> None:
    """Put what was made in its place, and drop what an earlier export made of another example."""
    folder.mkdir(mode=0o755, exist_ok=True)
    names = sorted(path.name for path in made.iterdir() if path.is_file())
    for path in folder.iterdir():
        if _OUTPUT.fullmatch(path.name) and "example.wav" in names and path.name not in names:
            path.unlink()
    # The model comes last: a profile that was kept holds for the old one until then.
    for name in (*(name for name in names if name != "model.pt"), "model.pt"):
        (made / name).replace(folder / name)
