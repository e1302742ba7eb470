"""``python -m tests.server.stems serve …``: the whole program with the endpoints for stems alone, and tiny weights.

What they state of their weights comes from the file that ``TEST_STATED`` names; all else is as it ships. Kept
light, since worker processes import it again. ``TEST_PREFIX``: with the endpoints whose names begin so instead (several
with commas between); where one of these makes steps, few stand there at first.
"""

from __future__ import annotations

import sys
from typing import Any


def registry(settings: Any, say: Any, begun: object = None) -> Any:
    import json
    import os
    from dataclasses import replace
    from pathlib import Path

    from app.installs.weights_here import offer_weights, open_store
    from app.plugins.own import own_endpoints
    from app.registry import Registry
    from app.sources import IN_PYTHON
    from app.weights import HubWeights

    stated = json.loads(Path(os.environ["TEST_STATED"]).read_text(encoding="utf-8"))
    prefixes = tuple(os.environ.get("TEST_PREFIX", "harpist/stems").split(","))
    ours = {name: factory for name, factory in IN_PYTHON.items() if name.startswith(prefixes)}
    made = Registry(settings.root)
    for spec in own_endpoints(ours, settings.home / "stems.json", settings.load_timeout, say):
        weights = tuple(
            HubWeights(
                item.repo, **{**stated[item.repo], "files": tuple(stated[item.repo]["files"])}, choice=item.choice
            )
            for item in spec.weights
        )
        quick = {"steps": 5, "tagger": ("FCN",)}
        inputs = tuple(
            replace(one, value=quick[one.name]) if getattr(one, "name", "") in quick else one for one in spec.inputs
        )
        made.add(replace(spec, weights=weights, inputs=inputs))
    offer_weights(made, open_store(settings))
    return made


if __name__ == "__main__":
    from app import bundled_models
    from app.cli import hub_models, listening, main, models, process, serve

    bundled_models.EXPORTER = "tests.fixtures.exporters.nothing"
    for part in (models, process, serve):
        vars(part)["open_registry"] = registry
    for part in (hub_models, listening):
        vars(part)["registry_for"] = lambda settings, _, say: registry(settings, say)
    sys.exit(main())
