"""Effect plugins of the operator's choice, each an endpoint: asked in the sandbox what it is, and run there only."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from app.endpoint import EndpointSpec
from app.errors import HarpistError, SettingsError
from app.lv2_folders import bundles_elsewhere, lv2_folders
from app.output_names import plain
from app.plugins.asking import ask
from app.registry import Registry
from app.workers.one_line import one_line

LV2 = "lv2:"
"""What stands before the URI of an LV2 plugin."""

FACTORY, TRIAL = "endpoints.effects.serving:PluginEndpoint", "endpoints.effects.serving:tried"
"""What a worker builds of an LV2 plugin; and what does the same once the plugin has run for a second."""

_AT_ONCE = 4

Say = Callable[[str], None]


def is_effect(source: str) -> bool:
    """Whether a text names a plugin, as the setting ``plugin`` does."""
    return source.startswith(LV2)


def add_effects(registry: Registry, sources: Sequence[str], seconds: float, say: Say, refused: str = "") -> None:
    """Add every plugin; one that cannot be had costs a line, not the start.

    Args:
        registry: gets them, each as ``lv2/NAME``.
        sources: as the operator wrote them.
        seconds: how long the asking of one may take.
        say: takes each line that the operator should read.
        refused: why this machine may not run any; empty: it may.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = [(source, pool.submit(_told, source, seconds, refused)) for source in dict.fromkeys(sources)]
    for source, answer in asked:
        try:
            _added(registry, answer.result())
        except HarpistError as error:
            say(f"harpist: left out the plugin {one_line(plain(source))}: {error.message}")


def add_effect(registry: Registry, source: str, seconds: float, refused: str = "") -> str:
    """Add one plugin, and return its id: that of the one that is there, where it is.

    Raises:
        HarpistError: why it cannot be had.
    """
    uri = source.removeprefix(LV2)
    for endpoint_id in registry.ids():
        if endpoint_id.startswith("lv2/") and registry.get(endpoint_id).arguments.get("uri") == uri:
            return endpoint_id
    return _added(registry, _told(source, seconds, refused))


def _told(source: str, seconds: float, refused: str) -> EndpointSpec:
    if refused:
        raise SettingsError(refused)
    uri = source.removeprefix(LV2)
    if not is_effect(source) or ":" not in uri:
        raise SettingsError(
            "lv2: and the plugin's URI is expected, such as lv2:http://calf.sourceforge.net/plugins/Compressor."
        )
    folders = lv2_folders()
    reads = tuple(dict.fromkeys((*folders, *bundles_elsewhere(folders))))
    spec = ask("lv2/plugin", TRIAL, reads, seconds, {"uri": uri, "folders": json.dumps(folders)})
    return replace(spec, factory=FACTORY)


def _added(registry: Registry, spec: EndpointSpec) -> str:
    spec = replace(spec, id=effect_id(registry.ids(), spec.card.name))
    registry.add(spec)
    return spec.id


def effect_id(taken: Collection[str], name: str) -> str:
    """Return ``lv2/NAME`` in the characters of an id, and none of those that are taken.

    >>> effect_id(["lv2/calf-compressor"], "Calf Compressor")
    'lv2/calf-compressor-2'
    """
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = f"lv2/{re.sub(r'[^a-z0-9]+', '-', letters).strip('-')[:80] or 'plugin'}"
    endpoint_id, number = base, 2
    while endpoint_id in taken:
        endpoint_id, number = f"{base}-{number}", number + 1
    return endpoint_id
