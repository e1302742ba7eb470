"""What is kept of an installed model, as JSON beside its files; without a path, so that the folder can be moved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from app.hub.ids import COMMIT, is_model_id
from app.hub.remote import METADATA, MODEL, WANTED
from app.trained import NEEDED
from app.whole_file import write_whole

NAME = "installed.json"
_VERSION = 1


@dataclass(frozen=True)
class InstalledFile:
    """One file of an installed model; ``size`` in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class InstalledModel:
    """A model of the hub that is on this machine.

    Attributes:
        id: ``owner/name``.
        commit: what is installed; it changes only when its user updates it.
        revision: the branch or tag that an update is looked for at; ``""`` for the default branch.
        installed: when, ``YYYY-MM-DDTHH:MM:SSZ``.
        licence: as stated, or ``""``.
        warnings: what deviates from the format.
    """

    id: str
    commit: str
    revision: str
    installed: str
    licence: str
    warnings: tuple[str, ...]
    files: tuple[InstalledFile, ...]

    @property
    def size(self) -> int:
        """The space that it takes, in bytes."""
        return sum(file.size for file in self.files)

    @property
    def pinned(self) -> bool:
        """Whether a commit was asked for, of which there are no updates."""
        return self.revision == self.commit


def write_record(folder: Path, model: InstalledModel) -> None:
    """Put the record into a model's folder, all of it or nothing: from here on the model is installed."""
    record = {"version": _VERSION, **asdict(model)}
    write_whole(folder / NAME, json.dumps(record, indent=1).encode())


def read_record(folder: Path) -> InstalledModel | None:
    """Return what is installed in a model's folder; ``None`` where nothing is, or not all of it."""
    try:
        record = json.loads((folder / NAME).read_text(encoding="utf-8"))
        files = tuple(InstalledFile(str(f["name"]), int(f["size"]), str(f["sha256"])) for f in record["files"])
        model = InstalledModel(
            id=str(record["id"]),
            commit=str(record["commit"]),
            revision=str(record["revision"]),
            installed=str(record["installed"]),
            licence=str(record["licence"]),
            warnings=tuple(str(text) for text in record["warnings"]),
            files=files,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return model if _holds(record, model, folder) else None


def _holds(record: Mapping[str, object], model: InstalledModel, folder: Path) -> bool:
    """Whether a record is one of ours, for this folder, and its files are there in their sizes."""
    names = {file.name for file in model.files}
    if record.get("version") != _VERSION or not is_model_id(model.id) or not COMMIT.fullmatch(model.commit):
        return False
    if f"{folder.parent.name}/{folder.name}" != model.id or not names <= set(WANTED):
        return False
    if not {MODEL, METADATA} <= names and not set(NEEDED) <= names:
        return False
    try:
        return all((folder / model.commit / file.name).stat().st_size == file.size for file in model.files)
    except OSError:
        return False
