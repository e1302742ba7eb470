"""``python -m app.pyharp_apps.describing APP TERMS MEMORY KEEPS``: runs an app's file, and prints its endpoint as JSON.

The sandbox is closed before the file runs; ``TERMS`` are its terms, as JSON, ``MEMORY`` the bytes that the app may use.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from app.errors import HarpistError
from app.plugins.spec_json import spec_to_json
from app.workers.sandbox.confinement import limit_memory, private_memory
from app.workers.sandbox.terms import Sandbox, enter


def main(path: str, terms: str, memory: str, keeps: str) -> None:
    """Describe one app, or say why that cannot be."""
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # Whatever the app prints is nobody's business.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    try:
        told = _described(Path(path), json.loads(terms), int(memory), keeps)
    except HarpistError as error:
        told = {"error": error.message}
    except MemoryError:
        told = {"error": "It ran out of memory while it was loaded."}
    except BaseException as error:  # the app may end itself in any way
        told = {"error": f"{type(error).__name__}: {error}" if str(error) else type(error).__name__}
    print(json.dumps(told), file=report, flush=True)
    # Threads that the app started must not keep this process.
    os._exit(0)


def _described(path: Path, terms: dict[str, Any], memory: int, keeps: str) -> dict[str, Any]:
    granted: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in terms.items()
    }
    sandbox = Sandbox(**granted)
    held = private_memory()
    enter(sandbox)
    from app.pyharp_apps.loading import load
    from app.pyharp_apps.translation import described

    if memory:
        limit_memory(memory, held)
    told = described(load(path, Path.home(), keeps, sandbox.permits))
    return spec_to_json(SimpleNamespace(card=told.card, inputs=told.inputs, outputs=told.outputs))


if __name__ == "__main__":
    main(*sys.argv[1:])
