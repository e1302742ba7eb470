"""Which endpoints the installed packages offer, without importing any of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from app.endpoint import EndpointSpec
from app.endpoint_ids import check_id
from app.errors import HarpistError, SettingsError
from app.plugins.asking import ask
from app.registry import Registry

GROUP = "harpist.endpoints"
"""The entry point group; each entry names an endpoint's class: ``gain = "my_package.gain:Gain"``."""

_AT_ONCE = 4


@dataclass(frozen=True)
class Plugin:
    """One endpoint of a package.

    Attributes:
        id: ``PACKAGE/NAME``, as the package and its entry point are called.
        factory: ``module:callable``.
        reads: where its package lies.
        revision: its package's name and version.
    """

    id: str
    factory: str
    reads: tuple[str, ...] = ()
    revision: str = ""


def find_plugins(say: Callable[[str], None]) -> list[Plugin]:
    """Return what the installed packages offer, by id; an entry that makes no sense costs a line."""
    found: dict[str, Plugin] = {}
    for entry in entry_points(group=GROUP):
        try:
            plugin = _plugin(entry)
            found.setdefault(plugin.id, plugin)
        except HarpistError as error:
            say(f"harpist: left out the entry point {entry.name[:80]}: {error.message}")
    return [found[endpoint_id] for endpoint_id in sorted(found)]


def add_plugins(registry: Registry, seconds: float, say: Callable[[str], None], refused: str = "") -> None:
    """Add every endpoint of the installed packages; one that is broken costs a line, not the start.

    Args:
        registry: gets them.
        seconds: how long the import of one may take.
        say: takes each line that the operator should read.
        refused: why this machine may not import any; empty: it may.
    """
    plugins = find_plugins(say)
    if not plugins:
        return
    if refused:
        for plugin in plugins:
            say(f"harpist: left out {plugin.id}: {refused}")
        return
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = {plugin: pool.submit(ask, plugin.id, plugin.factory, plugin.reads, seconds) for plugin in plugins}
    for plugin, answer in asked.items():
        try:
            if plugin.id in registry.ids():
                raise SettingsError("a model of this name is there already.")
            spec: EndpointSpec = replace(answer.result(), revision=plugin.revision)
        except HarpistError as error:
            say(f"harpist: left out {plugin.id}: {error.message}")
            continue
        registry.add(spec)
        if spec.permits:
            say(f"harpist: {plugin.id} may use what the sandbox else takes away: {', '.join(spec.permits)}.")
        own = [path for path in spec.reads if path not in plugin.reads]
        if own:
            say(f"harpist: {plugin.id} may read beside its package: {', '.join(own)}.")


def _plugin(entry: EntryPoint) -> Plugin:
    owner = entry.dist.name if entry.dist is not None else "local"
    revision = f"{owner} {entry.dist.version}" if entry.dist is not None else ""
    endpoint_id = check_id(f"{owner}/{entry.name}")
    module, colon, attribute = entry.value.replace(" ", "").partition(":")
    if not colon or not all(part.isidentifier() for part in (*module.split("."), *attribute.split("."))):
        raise SettingsError(f"“{entry.value[:80]}” names no endpoint; module:Class is expected.")
    return Plugin(endpoint_id, f"{module}:{attribute}", _places(module.partition(".")[0]), revision)


def _places(package: str) -> tuple[str, ...]:
    """Return where a package lies, without importing it: one that was installed with ``pip install -e``, anywhere."""
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        spec = None
    places = [] if spec is None else list(spec.submodule_search_locations or [spec.origin or ""])
    return tuple(place for place in places if Path(place).is_absolute())
