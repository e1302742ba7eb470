"""``python -m tests.server.weighted serve …``: the whole program with the example package's endpoints alone.

Kept light, since worker processes import it again.
"""

from __future__ import annotations

import sys
from typing import Any


def registry(settings: Any, say: Any, begun: object = None) -> Any:
    from app.installs.weights_here import offer_weights, open_store
    from app.plugins.found import add_plugins
    from app.registry import Registry

    made = Registry(settings.root)
    add_plugins(made, settings.load_timeout, say)
    offer_weights(made, open_store(settings))
    return made


if __name__ == "__main__":
    from app import bundled_models
    from app.cli import main, models, process, serve

    bundled_models.EXPORTER = "tests.fixtures.exporters.nothing"
    for part in (models, process, serve):
        vars(part)["open_registry"] = registry
    sys.exit(main())
