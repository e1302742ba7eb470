"""The LV2 plugins of this machine: where they lie, which there are, and what each says of itself."""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from app.errors import NotFoundError
from endpoints.effects.lv2 import words
from endpoints.effects.lv2.description import Description, Kind, Port
from endpoints.effects.lv2.library import Node, open_library

_KINDS = {
    words.AUDIO_PORT: Kind.AUDIO,
    words.CONTROL_PORT: Kind.CONTROL,
    words.CV_PORT: Kind.CV,
    words.ATOM_PORT: Kind.ATOM,
}
_PROPERTIES = (
    words.OPTIONAL,
    words.SIDE_CHAIN,
    words.TOGGLED,
    words.INTEGER,
    words.ENUMERATION,
    words.OF_RATE,
    words.LOGARITHMIC,
    words.NOT_SHOWN,
    words.TRIGGER,
)


class World:
    """All plugins of some folders, read once.

    Args:
        folders: with bundles in them, by full paths.

    Raises:
        ModelRunError: lilv is missing.
    """

    def __init__(self, folders: Sequence[str]) -> None:
        self._lilv = open_library()
        self._world = self._lilv.lilv_world_new()
        self._uris: dict[str, Any] = {}
        places = self._lilv.lilv_new_string(self._world, os.pathsep.join(folders).encode(errors="surrogateescape"))
        self._lilv.lilv_world_set_option(self._world, words.PATH_OPTION.encode(), places)
        self._lilv.lilv_node_free(places)
        self._lilv.lilv_world_load_all(self._world)
        self._plugins = self._lilv.lilv_world_get_all_plugins(self._world)

    def uris(self) -> list[str]:
        """Return the URI of every plugin, in order."""
        found = _each(self._lilv, "lilv_plugins", self._plugins)
        return sorted(self._text(self._lilv.lilv_plugin_get_uri(plugin)) for plugin in found)

    def find(self, uri: str) -> Any:
        """Return lilv's plugin of a URI, valid as long as this object.

        Raises:
            NotFoundError: there is none.
        """
        plugin = self._lilv.lilv_plugins_get_by_uri(self._plugins, self._uri(uri)) if _is_uri(uri) else None
        if not plugin:
            raise NotFoundError(
                f"No LV2 plugin with the URI “{uri[:120]}” is installed; python -m {__package__} "
                "lists those that are (LV2_PATH names further folders)."
            )
        return plugin

    def describe(self, uri: str) -> Description:
        """Return what a plugin says of itself.

        Raises:
            NotFoundError: there is none of this URI.
        """
        lilv, plugin = self._lilv, self.find(uri)
        ports = tuple(self._port(plugin, number) for number in range(lilv.lilv_plugin_get_num_ports(plugin)))
        required = lilv.lilv_plugin_get_required_features(plugin)
        requires = tuple(self._text(node) for node in _each(lilv, "lilv_nodes", required))
        lilv.lilv_nodes_free(required)
        minor, micro = self._value(plugin, words.MINOR), self._value(plugin, words.MICRO)
        return Description(
            uri=uri,
            name=self._owned(lilv.lilv_plugin_get_name(plugin)) or uri,
            author=self._owned(lilv.lilv_plugin_get_author_name(plugin)),
            version=f"{minor or 0}.{micro or 0}" if minor or micro else "",
            licence=self._value(plugin, words.LICENCE),
            ports=ports,
            requires=requires,
            latency_port=lilv.lilv_plugin_get_latency_port_index(plugin)
            if lilv.lilv_plugin_has_latency(plugin)
            else None,
        )

    def _port(self, plugin: Any, number: int) -> Port:
        lilv = self._lilv
        port = lilv.lilv_plugin_get_port_by_index(plugin, number)

        def is_a(uri: str) -> bool:
            return bool(lilv.lilv_port_is_a(plugin, port, self._uri(uri)))

        kind = next((kind for uri, kind in _KINDS.items() if is_a(uri)), Kind.OTHER)
        properties = frozenset(uri for uri in _PROPERTIES if lilv.lilv_port_has_property(plugin, port, self._uri(uri)))
        default, low, high = Node(), Node(), Node()
        if kind is Kind.CONTROL:
            lilv.lilv_port_get_range(plugin, port, *map(ctypes.byref, (default, low, high)))
        numbers = [self._number(node) for node in (low, high, default)]
        for node in (low, high, default):
            lilv.lilv_node_free(node)
        symbol = self._text(lilv.lilv_port_get_symbol(plugin, port))
        return Port(
            symbol=symbol,
            name=self._owned(lilv.lilv_port_get_name(plugin, port)) or symbol,
            kind=kind,
            is_input=is_a(words.INPUT_PORT),
            properties=properties,
            minimum=numbers[0],
            maximum=numbers[1],
            default=numbers[2],
            unit=self._unit(plugin, port) if kind is Kind.CONTROL else "",
            points=self._points(plugin, port) if kind is Kind.CONTROL else (),
            side_chain=words.SIDE_CHAIN in properties or (kind is Kind.AUDIO and self._steers(plugin, port)),
        )

    def _points(self, plugin: Any, port: Any) -> tuple[tuple[float, str], ...]:
        lilv = self._lilv
        points = lilv.lilv_port_get_scale_points(plugin, port)
        found = []
        for point in _each(lilv, "lilv_scale_points", points) if points else ():
            value = self._number(lilv.lilv_scale_point_get_value(point))
            if value is not None:
                found.append((value, self._text(lilv.lilv_scale_point_get_label(point))))
        lilv.lilv_scale_points_free(points)
        return tuple(sorted(found))

    def _unit(self, plugin: Any, port: Any) -> str:
        unit = self._lilv.lilv_port_get(plugin, port, self._uri(words.UNIT))
        if not unit:
            return ""
        symbol = self._lilv.lilv_world_get(self._world, unit, self._uri(words.SYMBOL_OF_UNIT), None)
        is_uri = self._lilv.lilv_node_is_uri(unit)
        itself = self._owned(unit)
        return self._owned(symbol) or (itself if is_uri else "")

    def _steers(self, plugin: Any, port: Any) -> bool:
        group = self._lilv.lilv_port_get(plugin, port, self._uri(words.GROUP))
        if not group:
            return False
        of = self._lilv.lilv_world_get(self._world, group, self._uri(words.SIDE_CHAIN_OF), None)
        self._lilv.lilv_node_free(group)
        self._lilv.lilv_node_free(of)
        return bool(of)

    def _value(self, plugin: Any, predicate: str) -> str:
        nodes = self._lilv.lilv_plugin_get_value(plugin, self._uri(predicate))
        texts = [self._text(node) for node in _each(self._lilv, "lilv_nodes", nodes)] if nodes else []
        self._lilv.lilv_nodes_free(nodes)
        return texts[0] if texts else ""

    def _number(self, node: Any) -> float | None:
        if not node or not (self._lilv.lilv_node_is_float(node) or self._lilv.lilv_node_is_int(node)):
            return None
        # The shortest number of those that 32 bits do not tell apart: 0.01, not 0.00999999977.
        value = float(str(np.float32(self._lilv.lilv_node_as_float(node))))
        return value if math.isfinite(value) else None

    def _text(self, node: Any) -> str:
        return bytes(self._lilv.lilv_node_as_string(node) or b"").decode(errors="replace") if node else ""

    def _owned(self, node: Any) -> str:
        """Return the text of a node that is ours to free."""
        text = self._text(node)
        self._lilv.lilv_node_free(node)
        return text

    def _uri(self, uri: str) -> Any:
        if uri not in self._uris:
            self._uris[uri] = self._lilv.lilv_new_uri(self._world, uri.encode())
        return self._uris[uri]


def _is_uri(text: str) -> bool:
    return ":" in text and text.isprintable() and " " not in text and len(text) < 2000


def _each(lilv: Any, kind: str, items: Any) -> Iterator[Any]:
    def call(name: str) -> Callable[..., Any]:
        function: Callable[..., Any] = getattr(lilv, f"{kind}_{name}")
        return function

    place = call("begin")(items)
    while not call("is_end")(items, place):
        yield call("get")(items, place)
        place = call("next")(items, place)


@lru_cache(maxsize=2)
def open_world(folders: tuple[str, ...]) -> World:
    """Return the plugins of some folders, read once in this process.

    Raises:
        ModelRunError: lilv is missing.
    """
    return World(folders)
