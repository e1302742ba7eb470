"""``python -m tests.server.mirrors serve …``: the whole server, with an endpoint that gives back what it gets.

Kept light, since worker processes import it again.
"""

from __future__ import annotations

import sys
from typing import Any


def registry(settings: object, say: object, begun: object = None) -> Any:
    from app.registry import Registry
    from tests.fixtures.endpoints.mirror import Mirror, spec

    made = Registry()
    made.add(spec(Mirror, "test/mirror"))
    return made


if __name__ == "__main__":
    from app import bundled_models
    from app.cli import main, serve

    bundled_models.EXPORTER = "tests.fixtures.exporters.nothing"
    serve.open_registry = registry
    sys.exit(main())
