"""From an author's module to the files of a model: model.pt, metadata.json and README.md."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from torch import nn

from app.audacitorch.failures import clean_reason
from app.audacitorch.metadata import parse_metadata
from app.audacitorch.torchscript import save_archive, script
from app.errors import ModelFormatError


def export_model(
    module: nn.Module, metadata: Mapping[str, object], folder: Path, *, readme: str = "", licence: str = "mit"
) -> Path:
    """Script a module in eval mode and write it as a model's folder; all files, or none.

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
    text = json.dumps(dict(metadata), indent=2, ensure_ascii=False) + "\n"
    deviations = parse_metadata(text).warnings
    if deviations:
        raise ModelFormatError(f"The metadata are not exported: {deviations[0]}")
    module.eval()
    try:
        compiled = script(module)
    except Exception as error:
        reason = clean_reason(str(error)) or "see the author's guide"
        raise ModelFormatError(f"The module does not compile as TorchScript: {reason}.") from error
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        (unfinished / "metadata.json").write_text(text, encoding="utf-8")
        header = f"---\ntags: audacity\nlicense: {licence}\n---\n"
        (unfinished / "README.md").write_text(f"{header}\n{readme.strip()}\n", encoding="utf-8")
        save_archive(compiled, unfinished / "model.pt")
        folder.mkdir(mode=0o755, exist_ok=True)
        # The model comes last: a profile that was kept holds for the old one until then.
        for name in ("README.md", "metadata.json", "model.pt"):
            (unfinished / name).replace(folder / name)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder
