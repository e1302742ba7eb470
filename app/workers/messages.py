"""Every record that crosses the pipe between the server and a worker.

Records are JSON objects in one ``send_bytes`` each: paths and numbers, never audio, never a pickle, since the
server must not run what a worker sends. What a worker sends is untrusted: :func:`decode` checks it field by field.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Union

LONGEST_RECORD = 64 * 1024 * 1024
"""Bytes of the largest record that is read: about 500,000 labels."""


class BrokenRecordError(Exception):
    """The other side sent something that is no record."""


@dataclass(frozen=True)
class Load:
    """To the worker: build the endpoint ``factory(**arguments)`` and set it up on ``device``.

    ``worker`` is its number among the workers, from 0: they take turns at the GPUs. ``weights`` has the folder of each
    repository's files (see :class:`app.weights.HubWeights`).
    """

    factory: str
    arguments: Mapping[str, str]
    device: str
    threads: int
    precision: str = "float32"
    worker: int = 0
    weights: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """To the worker: process one region.

    ``tracks`` holds ``[path, name]`` or null per input track; ``controls`` the typed values by name; ``threads`` is how
    many it may use, 0 for as many as the worker was loaded with; ``too_loud`` is the setting of that name.
    """

    job: str
    tracks: list[list[str] | None]
    folder: str
    controls: Mapping[str, Any]
    threads: int = 0
    too_loud: str = "float"


@dataclass(frozen=True)
class Cancel:
    """To the worker: stop this job at the next chance; ignored when it is not the one that runs."""

    job: str


@dataclass(frozen=True)
class Ready:
    """From the worker: the endpoint is set up and waits for its first job; ``notice`` is for the operator."""

    notice: str = ""


@dataclass(frozen=True)
class Progressed:
    """From the worker: ``fraction`` (0 to 1) of the job is done; ``said`` is what is being done, or empty."""

    job: str
    fraction: float
    said: str = ""


@dataclass(frozen=True)
class Finished:
    """From the worker: the job's outputs, in order.

    Each is ``{"file": path, "label": label, "notice": sentence or ""}`` or
    ``{"labels": [label objects], "notice": sentence or ""}`` (see ``app.harp.wire``).
    """

    job: str
    outputs: list[dict[str, Any]]


@dataclass(frozen=True)
class Failed:
    """From the worker: loading (``job`` is empty) or a job failed; ``kind`` names a class of ``app.errors``."""

    job: str
    kind: str
    message: str


Message = Union[Load, Run, Cancel, Ready, Progressed, Finished, Failed]

_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Load, Run, Cancel, Ready, Progressed, Finished, Failed)
}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "factory": str,
    "arguments": dict,
    "device": str,
    "threads": int,
    "precision": str,
    "worker": int,
    "weights": dict,
    "notice": str,
    "job": str,
    "tracks": list,
    "folder": str,
    "controls": dict,
    "too_loud": str,
    "fraction": (int, float),
    "said": str,
    "outputs": list,
    "kind": str,
    "message": str,
}


def encode(message: Message) -> bytes:
    """Write one record as UTF-8 JSON."""
    record = {"record": type(message).__name__}
    record.update({item.name: getattr(message, item.name) for item in fields(message)})
    return json.dumps(record, allow_nan=False).encode()


def decode(data: bytes) -> Message:
    """Read one record.

    Raises:
        BrokenRecordError: the bytes are no record of this module.
    """
    try:
        record = json.loads(data)
        kind = _KINDS[record.pop("record")]
        names = {item.name for item in fields(kind)}
        if set(record) != names:
            raise ValueError("other fields than expected")
        for name in names:
            if not isinstance(record[name], _TYPES[name]):
                raise TypeError(name)
        message: Message = kind(**record)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenRecordError(f"not a record: {type(error).__name__}") from error
    return message
