"""``python -m app.plugins.describing MODULE:CLASS TERMS ARGUMENTS``: prints an endpoint's description as JSON.

The sandbox is closed before the endpoint's module is imported; ``TERMS`` are its terms, as JSON. Where ``ARGUMENTS``,
a JSON object, has any, it is built with them, and describes itself then.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

from app.errors import HarpistError
from app.plugins.spec_json import spec_to_json
from app.workers.sandbox.terms import Sandbox, enter


def main(factory: str, terms: str, arguments: str) -> None:
    """Describe one endpoint, or say why that cannot be."""
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # Whatever the module prints is nobody's business.
    os.dup2(2, 1)
    try:
        granted: dict[str, Any] = {name: tuple(texts) for name, texts in json.loads(terms).items()}
        enter(Sandbox(**granted))
        module, _, attribute = factory.partition(":")
        endpoint: Any = importlib.import_module(module)
        for name in attribute.split("."):
            endpoint = getattr(endpoint, name)
        given = json.loads(arguments)
        told = spec_to_json(endpoint(**given) if given else endpoint)
    except HarpistError as error:
        told = {"sentence": error.message}
    except (Exception, SystemExit) as error:
        told = {"error": f"{type(error).__name__}: {error}" if str(error) else type(error).__name__}
    print(json.dumps(told), file=report, flush=True)
    # Threads that the module started must not keep this process.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
