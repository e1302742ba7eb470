"""What was measured of a model by trying it once, kept in ``profile.json``. Standard library only."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from app.audacitorch.arguments.declared import Argument, arguments_from_json
from app.audacitorch.identity import identity, is_as_seen, is_same

FORMAT_VERSION = 8


@dataclass(frozen=True)
class Calibration:
    """How an effect's regions may be cut into chunks; lengths in samples at the model's rate.

    Attributes:
        depends: what a sample of its result depends on: ``"context"`` (so much sound around it, and chunks that start
            on the stride give what the whole region would, within 80 dB), ``"position"`` (its place, too),
            ``"everything"`` (sound however far away), ``"chance"``, or ``"unknown"`` (not found out in time).
        before, after: the context; 0 unless that is all that the result depends on.
        stride: what a shift must be a multiple of to change nothing but the place of the result; 0 where none is known.
        length: how the output's length follows from the input's: ``"same"``, ``"constant"`` (fewer by a constant),
            ``"multiple"`` (rounded down or up to a multiple), ``"other"`` or ``"unknown"``.
        fewer: by how many samples the output is shorter, where that is a constant.
        multiple: of what the output's length is a multiple, else 0.
        delay: by how much the result is late (early, if negative), where it is nearly a copy of the input.
        taken_back: whether that delay is one for all rows, sounds and settings, so that every result is moved by it.
        match_levels: whether sound far away changes nothing but the result's level.
        by_level: whether all that it hears of sound far away is its mean, power and peak.
        chunk: the longest input that it gets of a region that it does not get as a whole.
        whole: the longest region that it gets as a whole, where chunks would not give the same; 0 where that is
            ``chunk``.
    """

    depends: str
    chunk: int
    before: int = 0
    after: int = 0
    stride: int = 0
    length: str = "unknown"
    fewer: int = 0
    multiple: int = 0
    delay: int = 0
    taken_back: bool = False
    match_levels: bool = False
    by_level: bool = False
    whole: int = 0

    @property
    def bounded(self) -> bool:
        """Whether chunks give what the whole region would."""
        return self.depends == "context"

    @property
    def moved(self) -> int:
        """By how many samples its results are moved to an earlier place (a later one, if negative)."""
        return self.delay if self.taken_back else 0


@dataclass(frozen=True)
class ModelProfile:
    """What a model does, whatever its metadata says.

    Attributes:
        labels: whether it returns labels and timestamps (else a waveform).
        rows: rows of the waveform that it returns; 0 for a labeler.
        channels: channels that it takes at once, 1 or 2.
        probabilities: whether its labels are class probabilities (else class indices).
        seconds: the length of the input that it was tried with; a shorter one failed or was not tried.
        warnings: what deviates from the format, and what its code could do beside computing, one sentence each.
        calibration: how an effect may be cut; ``None`` for a labeler.
        speed: seconds of sound that it processes in a second on this machine's processor; 0 where nobody measured.
        memory: bytes that one call for ten seconds needs beside the weights; 0 where nobody counted.
        arguments: what its ``forward`` takes beside the waveform.
        sums: whether its stems are parts of the mix that sum to it.
        unfrozen: why jobs must run the module as it was loaded, a clause; ``""`` where it may be frozen.
        gradients: whether a gradient of its probabilities reaches its input, so that sound can be steered by it.
    """

    labels: bool
    rows: int
    channels: int
    probabilities: bool
    seconds: float
    warnings: tuple[str, ...] = ()
    calibration: Calibration | None = None
    speed: float = field(default=0.0, compare=False)
    memory: int = field(default=0, compare=False)
    arguments: tuple[Argument, ...] = ()
    sums: bool = False
    unfrozen: str = ""
    gradients: bool = False


def write_profile(path: Path, profile: ModelProfile, folder: Path) -> None:
    """Keep the profile of the model in ``folder``; it holds for the ``model.pt`` that lies there now.

    Raises:
        OSError: ``path`` cannot be written, or there is no ``model.pt``.
    """
    record = {"version": FORMAT_VERSION, "model": identity(folder / "model.pt"), "profile": asdict(profile)}
    _write(path, record)


def _write(path: Path, record: dict[str, Any]) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(json.dumps(record), encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def model_digest(path: Path) -> str:
    """Return the SHA-256 digest of the model that a kept profile is of; ``""`` where it tells none."""
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["model"]["sha256"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""


def read_profile(path: Path, folder: Path) -> ModelProfile | None:
    """Return the kept profile of the model in ``folder``; ``None`` where none holds for its ``model.pt``."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["version"] != FORMAT_VERSION or not is_same(folder / "model.pt", record["model"]):
            return None
        return _profile(record["profile"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def recognise(path: Path, folder: Path) -> None:
    """Note in a profile that holds where its model lies by now, so that a copied one need not be read at each start."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        record = json.loads(path.read_text(encoding="utf-8"))
        if not is_as_seen(folder / "model.pt", record["model"]):
            _write(path, {**record, "model": identity(folder / "model.pt")})


_KINDS: dict[str, tuple[type, ...]] = {
    "labels": (bool,),
    "rows": (int,),
    "channels": (int,),
    "probabilities": (bool,),
    "seconds": (int, float),
    "warnings": (list,),
    "calibration": (dict, type(None)),
    "speed": (int, float),
    "memory": (int,),
    "arguments": (list,),
    "sums": (bool,),
    "unfrozen": (str,),
    "gradients": (bool,),
}
_CALIBRATION_KINDS: dict[str, tuple[type, ...]] = {
    item.name: {"str": (str,), "int": (int,), "bool": (bool,)}[str(item.type)] for item in fields(Calibration)
}


def _profile(record: dict[str, Any]) -> ModelProfile:
    _check(record, _KINDS)
    calibration = record["calibration"]
    if calibration is not None:
        _check(calibration, _CALIBRATION_KINDS)
        least = {"chunk": 1, "before": 0, "after": 0, "stride": int(calibration["depends"] == "context")}
        if any(calibration[name] < value for name, value in least.items()):
            raise ValueError("a length that is none")
        calibration = Calibration(**calibration)
    warnings = tuple(str(warning) for warning in record["warnings"])
    changed = {"seconds": float(record["seconds"]), "warnings": warnings, "calibration": calibration}
    return ModelProfile(**{**record, **changed, "arguments": arguments_from_json(record["arguments"])})


def _check(record: dict[str, Any], kinds: dict[str, tuple[type, ...]]) -> None:
    if set(record) != set(kinds):
        raise ValueError("other fields than expected")
    if any(type(record[name]) not in kind for name, kind in kinds.items()):
        raise TypeError("a field of another type than expected")
