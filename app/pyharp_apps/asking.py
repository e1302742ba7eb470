"""What an app's endpoint is, asked in a sandboxed process, since asking means running the app's file."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

from app.endpoint import EndpointSpec
from app.errors import HarpistError, WorkerCrashError
from app.own_code import START
from app.plugins.answers import answer_of
from app.plugins.spec_json import spec_from_json
from app.pyharp_apps.granted import Granted
from app.workers.memory_watch import default_memory
from app.workers.one_line import one_line
from app.workers.sandbox.environment import allowed
from app.workers.sandbox.layers import layers

FACTORY = "app.pyharp_apps.endpoint:PyharpApp"


def ask(path: Path, granted: Granted, seconds: float, memory: int, file_size: int) -> dict[str, object]:
    """Run an app's file in a process of its own, and return its endpoint's description (see :func:`read`).

    Args:
        path: the file.
        granted: what it may use.
        seconds: how long that may take.
        memory: bytes that it may use; 0 for the default.
        file_size: bytes that it may write into one file; 0 for no limit.

    Raises:
        WorkerCrashError: it builds no endpoint.
        DeadlineError: it took too long.
    """
    with tempfile.TemporaryDirectory(prefix="harpist-", ignore_cleanup_errors=True) as scratch:
        terms = {
            "readable": [os.path.realpath(place) for place in granted.reads],
            "writable": [os.path.realpath(scratch), *granted.writes],
            "permits": granted.permits,
            "works_in": granted.works_in,
            "file_size": file_size,
            "expects": [layer.name for layer in layers() if layer.active],
        }
        command = [sys.executable, "-m", "app.pyharp_apps.describing"]
        command += [str(path), json.dumps(terms), str(memory or default_memory()), granted.keeps]
        late = f"Its file did not come to its end within {seconds:g} s (the setting load_timeout)."
        return _read_answer(*answer_of(command, START, allowed(os.environ), seconds, late))


def _read_answer(answer: bytes, status: int) -> dict[str, object]:
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        raise WorkerCrashError(f"It ended while its file ran (exit status {status}).") from None
    if not isinstance(told, dict) or "error" in told:
        raise WorkerCrashError(one_line(str(told.get("error")) if isinstance(told, dict) else "It said nothing."))
    return told


def read(endpoint_id: str, path: Path, granted: Granted, told: dict[str, object]) -> EndpointSpec:
    """Return the endpoint of an app that described itself as ``told``; nothing of that is taken on trust.

    Raises:
        HarpistError: it makes no sense.
    """
    from dataclasses import replace

    try:
        spec = spec_from_json(endpoint_id, FACTORY, told)
    except HarpistError:
        raise
    except (TypeError, ValueError, KeyError) as error:
        raise WorkerCrashError(one_line(f"Its description makes no sense: {error}.")) from error
    arguments = {"path": str(path), "keeps": granted.keeps, "permits": ",".join(granted.permits)}
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return replace(
        spec,
        revision=f"sha256:{digest}",
        arguments=arguments,
        reads=granted.reads,
        writes=granted.writes,
        permits=granted.permits,
        works_in=granted.works_in,
        example=None,
    )
