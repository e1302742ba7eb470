"""What was last known of the hub's models, on the disk: shown at once, and asked for again only where it changed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from app.hub.entry import Entry, remote_entry
from app.hub.ids import COMMIT, is_model_id
from app.hub.remote import RemoteModel

_VERSION = 1


@dataclass(frozen=True)
class Known:
    """What is known of one model.

    Attributes:
        model: what the hub tells of it, without its files; ``None`` while nothing is known.
        size: of its files, in bytes.
        text: its metadata.json; ``etag`` is that state's name.
        problem: why something is not known, or ``""``.
    """

    id: str
    model: RemoteModel | None = None
    size: int = 0
    text: str = ""
    etag: str = ""
    problem: str = ""

    def entry(self) -> Entry:
        """Describe the model by it."""
        return remote_entry(self.id, self.model, self.size, self.text, self.problem)


@dataclass(frozen=True)
class Snapshot:
    """All that is known: the models, and the curated list with its ETag."""

    models: Mapping[str, Known] = field(default_factory=dict)
    curated: tuple[str, ...] = ()
    etag: str = ""


def write_snapshot(path: Path, endpoint: str, snapshot: Snapshot) -> None:
    """Keep what is known of one hub, all of it or nothing.

    Raises:
        OSError: it cannot be written.
    """
    record = {
        "version": _VERSION,
        "endpoint": endpoint,
        "curated": snapshot.curated,
        "etag": snapshot.etag,
        "models": [asdict(known) for known in snapshot.models.values()],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(record), encoding="utf-8")
    unfinished.replace(path)


def read_snapshot(path: Path, endpoint: str) -> Snapshot:
    """Return what was kept of a hub; nothing where there is no such file, or it is not one of ours."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["version"] == _VERSION and record["endpoint"] == endpoint:
            known = [_known(item) for item in record["models"]]
            curated = tuple(model_id for model_id in record["curated"] if is_model_id(model_id))
            return Snapshot({item.id: item for item in known if is_model_id(item.id)}, curated, str(record["etag"]))
    return Snapshot()


def _known(record: Mapping[str, object]) -> Known:
    told = record["model"]
    model = None
    if isinstance(told, Mapping) and COMMIT.fullmatch(str(told["commit"])):
        values = {item.name: told[item.name] for item in fields(RemoteModel)}
        model = RemoteModel(**{**values, "files": (), "tags": tuple(told["tags"])})
    texts = {name: str(record[name]) for name in ("id", "text", "etag", "problem")}
    return Known(model=model, size=int(str(record["size"])), **texts)
