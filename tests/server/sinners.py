"""``python -m tests.server.sinners serve …``: the whole server, with endpoints that crash, hang and eat memory.

Kept light, since worker processes import it again.
"""

from __future__ import annotations

import sys
from typing import Any

SINS = ("segfault", "exits", "python_loop", "native_loop", "torch_kernel", "memory_bomb", "raises_path")


def registry(settings: object, say: object, begun: object = None) -> Any:
    from app.registry import Registry
    from tests.fixtures.specs import endpoint_spec

    made = Registry()
    made.add(endpoint_spec("well_behaved"))
    made.add(endpoint_spec("well_behaved", endpoint_id="test/three_seconds", seconds="3"))
    made.add(endpoint_spec("well_behaved", endpoint_id="test/minute", seconds="60"))
    for sin in SINS:
        made.add(endpoint_spec(sin))
    return made


if __name__ == "__main__":
    from app import bundled_models
    from app.cli import main, serve

    bundled_models.EXPORTER = "tests.fixtures.exporters.nothing"
    serve.open_registry = registry
    sys.exit(main())
