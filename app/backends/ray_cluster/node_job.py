"""A job as it crosses to a node, and how a node answers."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from app.backends.ray_cluster.manifest import Manifest
from app.endpoint import EndpointSpec
from app.errors import HarpistError, WorkerError
from app.harp.controls import ControlValue


@dataclass(frozen=True)
class NodeJob:
    """A job as it crosses to a node.

    Attributes:
        id: the job's own.
        spec: the endpoint, as the server has it.
        manifest: the endpoint's files.
        tracks: per input track, the name that its caller gave it, and its path on the server; ``None`` where empty.
        controls: the typed values by name.
        caller, internal, timeout, keeps_ending, checked: see :class:`app.backends.base.JobRequest`.
        shared: a folder for its results that the node sees, too, with the tracks at their own paths; empty: there is
            none, and files cross in blocks.
    """

    id: str
    spec: EndpointSpec
    manifest: Manifest
    tracks: tuple[tuple[str, str] | None, ...]
    controls: dict[str, ControlValue]
    caller: str
    internal: bool
    timeout: float | None
    keeps_ending: bool
    checked: bool
    shared: str = ""


Method = Callable[..., Awaitable[Any]]


def answering(method: Method) -> Method:
    """Return a method that answers ``("ok", value)``, or ``(kind, sentence)`` with the name of an error's class."""

    @functools.wraps(method)
    async def answer(*arguments: Any) -> tuple[str, Any]:
        try:
            return "ok", await method(*arguments)
        except HarpistError as error:
            return type(error).__name__, error.message
        except OSError as error:
            return WorkerError.__name__, f"A node of the cluster could not keep a file: {error.strerror}."

    return answer
