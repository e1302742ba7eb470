"""LV2 presets as a host reads them: by lilv, from a file or from bundles that lie where plugins do."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_uint32, c_void_p
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from endpoints.effects.lv2 import words
from endpoints.effects.lv2.features import NUMBERS
from endpoints.effects.lv2.library import open_library

PRESET = b"http://lv2plug.in/ns/ext/presets#Preset"

_TOLD = CFUNCTYPE(None, c_char_p, c_void_p, c_void_p, c_uint32, c_uint32)
_CALLS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "lilv_state_new_from_file": (c_void_p, (c_void_p, c_void_p, c_void_p, c_char_p)),
    "lilv_state_new_from_world": (c_void_p, (c_void_p, c_void_p, c_void_p)),
    "lilv_state_get_label": (c_char_p, (c_void_p,)),
    "lilv_state_emit_port_values": (None, (c_void_p, _TOLD, c_void_p)),
    "lilv_state_get_plugin_uri": (c_void_p, (c_void_p,)),
    "lilv_state_free": (None, (c_void_p,)),
    "lilv_plugin_get_related": (c_void_p, (c_void_p, c_void_p)),
    "lilv_world_load_resource": (c_int, (c_void_p, c_void_p)),
}


@dataclass(frozen=True)
class Preset:
    """What lilv says of one: its name, its plugin's URI, and values by the ports' symbols."""

    label: str
    plugin: str
    values: dict[str, float]


def _lilv() -> Any:
    lilv = open_library()
    for name, (returns, takes) in _CALLS.items():
        function = getattr(lilv, name)
        function.restype, function.argtypes = returns, takes
    return lilv


def _told(lilv: Any, state: int | None) -> Preset:
    assert state, "lilv reads no preset"
    values: dict[str, float] = {}

    def take(symbol: bytes, _data: object, value: int, _size: int, _kind: int) -> None:
        values[symbol.decode()] = ctypes.cast(value, POINTER(ctypes.c_float))[0]

    lilv.lilv_state_emit_port_values(state, _TOLD(take), None)
    plugin = lilv.lilv_node_as_string(lilv.lilv_state_get_plugin_uri(state)).decode()
    preset = Preset(lilv.lilv_state_get_label(state).decode(), plugin, values)
    lilv.lilv_state_free(state)
    return preset


def preset_of_file(path: Path) -> Preset:
    """Return the preset of one ``.ttl``."""
    lilv = _lilv()
    numbers = ctypes.addressof(NUMBERS.map)
    return _told(lilv, lilv.lilv_state_new_from_file(lilv.lilv_world_new(), numbers, None, str(path).encode()))


def presets_found(folders: Sequence[str], uri: str) -> list[Preset]:
    """Return the presets of a plugin that a host finds in these folders, as its menu would list them."""
    lilv = _lilv()
    world = lilv.lilv_world_new()
    places = lilv.lilv_new_string(world, os.pathsep.join(folders).encode())
    lilv.lilv_world_set_option(world, words.PATH_OPTION.encode(), places)
    lilv.lilv_world_load_all(world)
    plugins = lilv.lilv_world_get_all_plugins(world)
    plugin = lilv.lilv_plugins_get_by_uri(plugins, lilv.lilv_new_uri(world, uri.encode()))
    assert plugin, f"{uri} is not in {folders}"
    related = lilv.lilv_plugin_get_related(plugin, lilv.lilv_new_uri(world, PRESET))
    found, place = [], lilv.lilv_nodes_begin(related)
    while not lilv.lilv_nodes_is_end(related, place):
        node = lilv.lilv_nodes_get(related, place)
        assert lilv.lilv_world_load_resource(world, node) > 0
        found.append(_told(lilv, lilv.lilv_state_new_from_world(world, ctypes.addressof(NUMBERS.map), node)))
        place = lilv.lilv_nodes_next(related, place)
    return found
