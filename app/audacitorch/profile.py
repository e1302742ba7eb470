"""What was measured of a model by trying it once, kept in ``profile.json``. Standard library only."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

FORMAT_VERSION = 1


@dataclass(frozen=True)
class ModelProfile:
    """What a model does, whatever its metadata says.

    Attributes:
        labels: whether it returns labels and timestamps (else a waveform).
        rows: rows of the waveform that it returns; 0 for a labeler.
        channels: channels that it takes at once, 1 or 2.
        probabilities: whether its labels are class probabilities (else class indices).
        seconds: the length of the input that it was tried with; a shorter one failed or was not tried.
        warnings: what deviates from the format, one sentence each.
    """

    labels: bool
    rows: int
    channels: int
    probabilities: bool
    seconds: float
    warnings: tuple[str, ...] = ()


def write_profile(path: Path, profile: ModelProfile, folder: Path) -> None:
    """Keep the profile of the model in ``folder``; it holds for the ``model.pt`` that lies there now.

    Raises:
        OSError: ``path`` cannot be written, or there is no ``model.pt``.
    """
    record = {"version": FORMAT_VERSION, "model": _key(folder), "profile": asdict(profile)}
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(json.dumps(record), encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read_profile(path: Path, folder: Path) -> ModelProfile | None:
    """Return the kept profile of the model in ``folder``; ``None`` where none holds for its ``model.pt``."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["version"] != FORMAT_VERSION or record["model"] != _key(folder):
            return None
        return _profile(record["profile"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _key(folder: Path) -> dict[str, int]:
    status = (folder / "model.pt").stat()
    return {"size": status.st_size, "mtime_ns": status.st_mtime_ns}


def _profile(record: dict[str, Any]) -> ModelProfile:
    kinds: dict[str, type] = {"labels": bool, "rows": int, "channels": int, "probabilities": bool, "warnings": list}
    if set(record) != {item.name for item in fields(ModelProfile)}:
        raise ValueError("other fields than expected")
    if any(type(record[name]) is not kind for name, kind in kinds.items()):
        raise TypeError("a field of another type than expected")
    warnings = tuple(str(warning) for warning in record["warnings"])
    return ModelProfile(**{**record, "seconds": float(record["seconds"]), "warnings": warnings})
