"""The endpoints in Python that ship with the server: asked as those of other packages, and the answers kept.

Asking starts a process for each, so it is done when their sources have changed; then in one breath, for all of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from app.endpoint import EndpointSpec
from app.errors import HarpistError
from app.own_code import ROOT, START, as_in_a_checkout
from app.plugins.asking import ask
from app.plugins.kept import keep
from app.plugins.spec_json import spec_from_json, spec_to_json

_WORDS = (
    "app/endpoint.py",
    "app/harp/card.py",
    "app/harp/controls.py",
    "app/harp/tags.py",
    "app/plugins/spec_json.py",
    "app/weights.py",
)


def own_endpoints(
    factories: Mapping[str, str], kept: Path, seconds: float, say: Callable[[str], None]
) -> list[EndpointSpec]:
    """Return the descriptions of endpoints of this project, which are trusted; a broken one costs a line.

    Args:
        factories: ``module:class`` by id, in the order in which they are shown.
        kept: the file with the answers; its folder exists.
        seconds: how long the import of one may take.
        say: takes each line that the user should read.
    """
    stamp = stamp_of(factories)
    specs = _kept(kept, stamp, factories)
    if specs is None:
        specs = []
        with ThreadPoolExecutor(len(factories) or 1) as pool:
            asked = {name: pool.submit(ask, name, factory, (), seconds) for name, factory in factories.items()}
        for name, answer in asked.items():
            try:
                specs.append(answer.result())
            except HarpistError as error:
                say(f"harpist: left out {name}: {error.message}")
        if len(specs) == len(factories):
            keep(kept, {"stamp": stamp, "endpoints": {spec.id: spec_to_json(spec) for spec in specs}})
    return [replace(spec, trusted=True) for spec in specs]


def stamp_of(factories: Mapping[str, str]) -> str:
    """Return a hash of what the answers depend on: the folders of the endpoints' modules, and the words they use."""
    folders = {START.joinpath(*factory.partition(":")[0].split(".")[:-1]) for factory in factories.values()}
    paths = [path for folder in sorted(folders) for path in sorted(folder.glob("*.py"))]
    digest = hashlib.sha256(as_in_a_checkout(json.dumps(dict(factories)).encode()))
    for path in (*paths, *(ROOT / name for name in _WORDS)):
        digest.update(as_in_a_checkout(path.read_bytes()) + b"\0")
    return digest.hexdigest()


def _kept(kept: Path, stamp: str, factories: Mapping[str, str]) -> list[EndpointSpec] | None:
    try:
        content = json.loads(kept.read_text(encoding="utf-8"))
        if content["stamp"] == stamp:
            told = content["endpoints"]
            return [spec_from_json(name, factory, told[name]) for name, factory in factories.items()]
    except (OSError, ValueError, TypeError, KeyError, HarpistError):
        pass  # then they are asked
    return None
