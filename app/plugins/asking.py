"""What an endpoint of a third party says of itself, asked in a sandboxed process, since asking means importing it."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace

from app.endpoint import EndpointSpec
from app.errors import HarpistError, ModelFormatError, WorkerCrashError
from app.own_code import START
from app.plugins.answers import answer_of
from app.plugins.spec_json import spec_from_json
from app.workers.one_line import one_line
from app.workers.sandbox.environment import allowed
from app.workers.sandbox.layers import layers


def ask(
    endpoint_id: str,
    factory: str,
    reads: tuple[str, ...],
    seconds: float,
    arguments: Mapping[str, str] | None = None,
) -> EndpointSpec:
    """Import an endpoint's class in a process of its own, and return its description.

    Args:
        endpoint_id: what it will be called.
        factory: ``module:callable``.
        reads: where its package lies.
        seconds: how long that may take.
        arguments: the factory's; with some it is also called, and what it returns is asked.

    Raises:
        ModelFormatError: it describes itself in a way that makes no sense, or says itself why it cannot be had.
        WorkerCrashError: it cannot be imported.
        DeadlineError: it took too long.
    """
    with tempfile.TemporaryDirectory(prefix="harpist-") as scratch:
        expects = [layer.name for layer in layers() if layer.active]
        terms = json.dumps({"readable": reads, "writable": [scratch], "expects": expects})
        command = [sys.executable, "-m", "app.plugins.describing", factory, terms, json.dumps(dict(arguments or {}))]
        late = f"Importing it took longer than {seconds:g} s."
        answer, status = answer_of(command, START, allowed(os.environ), seconds, late)
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        raise WorkerCrashError(f"It ended while it was imported (exit status {status}).") from None
    if isinstance(told, dict) and isinstance(told.get("sentence"), str):
        raise ModelFormatError(one_line(told["sentence"]))
    if not isinstance(told, dict) or "error" in told:
        reason = told.get("error") if isinstance(told, dict) else ""
        raise WorkerCrashError(one_line(f"It cannot be imported: {reason}."))
    try:
        spec = spec_from_json(endpoint_id, factory, told)
        return replace(spec, reads=(*reads, *spec.reads), arguments=dict(arguments or {}))
    except HarpistError:
        raise
    except (TypeError, ValueError, KeyError) as error:
        raise WorkerCrashError(one_line(f"Its description makes no sense: {error}.")) from error
