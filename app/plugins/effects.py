"""Effect plugins of the operator's choice, each an endpoint: asked in the sandbox what it is, and run there only."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from app.endpoint import EndpointSpec
from app.endpoint_ids import free_id, slug
from app.errors import HarpistError, SettingsError
from app.lv2_folders import lv2_folders, lv2_places
from app.output_names import plain
from app.plugins.asking import ask
from app.plugins.places import place_of
from app.registry import Registry

LV2, VST3, PEDALBOARD = "lv2:", ".vst3", "pedalboard:"
"""What stands before the URI of an LV2 plugin; what the path of a VST3 plugin ends in; and before the name
of one of pedalboard's own effects."""

_SERVING = "endpoints.effects.serving"
LV2_FACTORY, LV2_TRIAL = f"{_SERVING}:Lv2Endpoint", f"{_SERVING}:tried_lv2"
VST3_FACTORY, VST3_TRIAL = f"{_SERVING}:Vst3Endpoint", f"{_SERVING}:tried_vst3"
PEDALBOARD_FACTORY, PEDALBOARD_TRIAL = f"{_SERVING}:PedalboardEndpoint", f"{_SERVING}:tried_pedalboard"
"""What a worker builds of a plugin; and what does the same once the plugin has run for a second."""

_AT_ONCE = 4

Say = Callable[[str], None]


def is_effect(source: str) -> bool:
    """Whether a text names a plugin, as the setting ``plugin`` does."""
    return source.startswith((LV2, PEDALBOARD)) or source.lower().endswith(VST3)


def add_effects(registry: Registry, sources: Sequence[str], seconds: float, say: Say, refused: str = "") -> None:
    """Add every plugin; one that cannot be had costs a line, not the start.

    Args:
        registry: gets them, each as ``lv2/NAME``, ``vst3/NAME`` or ``pedalboard/NAME``.
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
            say(f"harpist: left out the plugin {' '.join(plain(source).split())}: {error.message}")


def add_effect(registry: Registry, source: str, seconds: float, refused: str = "") -> str:
    """Add one plugin, and return its id: that of the one that is there, where it is.

    Raises:
        HarpistError: why it cannot be had.
    """
    arguments = _arguments(source)
    for endpoint_id in registry.ids():
        if (
            endpoint_id.startswith(("lv2/", "vst3/", "pedalboard/"))
            and registry.get(endpoint_id).arguments == arguments
        ):
            return endpoint_id
    return _added(registry, _told(source, seconds, refused))


def _told(source: str, seconds: float, refused: str) -> EndpointSpec:
    if refused:
        raise SettingsError(refused)
    arguments = _arguments(source)
    if source.startswith(LV2):
        return replace(ask("lv2/plugin", LV2_TRIAL, lv2_places(), seconds, arguments), factory=LV2_FACTORY)
    if source.startswith(PEDALBOARD):
        spec = ask("pedalboard/effect", PEDALBOARD_TRIAL, (), seconds, arguments)
        return replace(spec, factory=PEDALBOARD_FACTORY)
    spec = ask("vst3/plugin", VST3_TRIAL, (arguments["path"],), seconds, arguments)
    return replace(spec, factory=VST3_FACTORY)


def _arguments(source: str) -> dict[str, str]:
    """Return what an endpoint is built with.

    Raises:
        SettingsError: the source names no plugin.
        NotFoundError: there is no such file.
    """
    if source.startswith(PEDALBOARD):
        return {"uri": source}
    uri = source.removeprefix(LV2)
    if source.startswith(LV2) and ":" in uri:
        return {"uri": uri, "folders": json.dumps(lv2_folders())}
    if not is_effect(source) or source.startswith(LV2):
        raise SettingsError(
            "lv2: and the plugin's URI is expected, such as lv2:http://calf.sourceforge.net/plugins/Compressor; the "
            "path of a VST3 plugin, which ends in .vst3; or pedalboard: and an effect's name, such as "
            "pedalboard:Reverb."
        )
    return {"path": str(place_of(source))}


def _added(registry: Registry, spec: EndpointSpec) -> str:
    spec = replace(spec, id=effect_id(registry.ids(), spec.card.name, spec.id.partition("/")[0]))
    registry.add(spec)
    return spec.id


def effect_id(taken: Collection[str], name: str, kind: str = "lv2") -> str:
    """Return ``KIND/NAME`` in the characters of an id, and none of those that are taken.

    >>> effect_id(["lv2/calf-compressor"], "Calf Compressor")
    'lv2/calf-compressor-2'
    """
    return free_id(taken, f"{kind}/{slug(name)[:80] or 'plugin'}")
