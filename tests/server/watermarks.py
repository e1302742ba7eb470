"""``python -m tests.server.watermarks …``: the whole program with the watermark and an endpoint that generates.

What the watermark states of its weights comes from the file that ``TEST_STATED`` names; all else is as it ships. Kept
light, since worker processes import it again.
"""

from __future__ import annotations

import sys
from typing import Any


def registry(settings: Any, say: Any) -> Any:
    import json
    import os
    from dataclasses import replace
    from pathlib import Path

    from app.installs.weights_here import offer_weights, open_store
    from app.plugins.own import own_endpoints
    from app.registry import Registry
    from app.sources import IN_PYTHON
    from app.weights import HubWeights
    from tests.fixtures.endpoints.mirror import Mirror, spec

    stated = json.loads(Path(os.environ["TEST_STATED"]).read_text(encoding="utf-8"))
    ours = {"harpist/watermark": IN_PYTHON["harpist/watermark"]}
    made = Registry(settings.root)
    for found in own_endpoints(ours, settings.home / "watermark.json", settings.load_timeout, say):
        made.add(replace(found, weights=(HubWeights(**{**stated, "files": tuple(stated["files"])}),)))
    made.add(replace(spec(Mirror, "test/speaker"), generates=True))
    offer_weights(made, open_store(settings))
    return made


if __name__ == "__main__":
    from app.cli import hub_models, listening, main, process, serve

    for part in (process, serve):
        vars(part)["open_registry"] = registry
    for part in (hub_models, listening):
        vars(part)["registry_for"] = lambda settings, _, say: registry(settings, say)
    sys.exit(main())
