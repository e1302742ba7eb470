"""What endpoints in Python of this project get of the machine: a folder to remember in, and plugins to host."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from app.endpoint import EndpointSpec
from app.harp.controls import Dropdown
from app.lv2_folders import lv2_folders, lv2_places
from app.registry import Registry

LEARNING = frozenset({"harpist/match-my-master"})
"""Those that keep what they learnt of the sound that they were given, and take ``learnt``, a folder."""

_TRAINED = {f"harpist/deepafx-{task}" for task in ("distortion", "nonspeech", "mastering")}
HOSTING = frozenset({*_TRAINED, "harpist/match-my-master"})
"""Those that host LV2 plugins where they are asked to, and take ``lv2``, a JSON list of folders."""

OFFERING = {"harpist/match-my-master": "chain"}
"""Those that also host the plugins of the settings, and take ``plugins``, a JSON object of addresses by name; and the
dropdown that offers them."""

_PLUGINS = {"lv2": "lv2:{uri}", "vst3": "{path}", "pedalboard": "{uri}"}
"""How a plugin is addressed, by the first half of its endpoint's id and its endpoint's arguments."""


def granted(spec: EndpointSpec, home: Path) -> EndpointSpec:
    """Return an endpoint with what it gets.

    Args:
        spec: the endpoint as it was described.
        home: the server's.
    """
    if spec.id in LEARNING:
        spec = _remembering(spec, home / "learnt")
    if spec.id in HOSTING:
        arguments = {**spec.arguments, "lv2": json.dumps(lv2_folders())}
        spec = replace(spec, reads=(*spec.reads, *lv2_places()), arguments=arguments)
    return spec


def _remembering(spec: EndpointSpec, folder: Path) -> EndpointSpec:
    """Return an endpoint that keeps what it learns in a folder; in its process alone where there can be none."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return spec
    place = str(folder.resolve())
    return replace(spec, writes=(*spec.writes, place), arguments={**spec.arguments, "learnt": place})


def offer_plugins(registry: Registry) -> None:
    """Let the plugins of a registry be chosen in the endpoints that can learn to turn their knobs."""
    found = [registry.get(name) for name in registry.ids() if name.partition("/")[0] in _PLUGINS]
    for name in OFFERING.keys() & set(registry.ids()) if found else ():
        registry.add(_offering(registry.get(name), found, OFFERING[name]))


def _offering(spec: EndpointSpec, plugins: list[EndpointSpec], dropdown: str) -> EndpointSpec:
    named = {
        f"{plugin.card.name} ({plugin.id})": _PLUGINS[plugin.id.partition("/")[0]].format(**plugin.arguments)
        for plugin in plugins
    }
    inputs = tuple(
        replace(item, choices=(*item.choices, *named)) if isinstance(item, Dropdown) and item.name == dropdown else item
        for item in spec.inputs
    )
    reads = tuple(dict.fromkeys((*spec.reads, *(path for plugin in plugins for path in plugin.reads))))
    return replace(spec, inputs=inputs, reads=reads, arguments={**spec.arguments, "plugins": json.dumps(named)})
