"""Lilv, a library of the system that finds LV2 plugins and reads what they say of themselves."""

from __future__ import annotations

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_bool,
    c_char_p,
    c_double,
    c_float,
    c_uint32,
    c_void_p,
)
from functools import lru_cache
from typing import Any

from endpoints.native_library import Calls, open_native

NAMES = (
    "liblilv-0.so.0",
    "liblilv-0.0.dylib",
    "liblilv-0.dylib",
    "/opt/homebrew/lib/liblilv-0.dylib",
    "/usr/local/lib/liblilv-0.dylib",
)
"""Under which Linux and macOS load it."""

MISSING = (
    "LV2 plugins are found by lilv, which is missing here; install it with: apt-get install liblilv-0-0 "
    "(macOS: brew install lilv)."
)

Node = c_void_p


class Feature(Structure):
    """What a host can do, told to a plugin: ``LV2_Feature`` of LV2's core specification."""

    _fields_ = (("uri", c_char_p), ("data", c_void_p))


class Descriptor(Structure):
    """The functions of a plugin: ``LV2_Descriptor`` of LV2's core specification."""

    _fields_ = (
        ("uri", c_char_p),
        ("instantiate", c_void_p),
        ("connect_port", CFUNCTYPE(None, c_void_p, c_uint32, c_void_p)),
        ("activate", c_void_p),
        ("run", CFUNCTYPE(None, c_void_p, c_uint32)),
        ("deactivate", c_void_p),
        ("cleanup", c_void_p),
        ("extension_data", c_void_p),
    )


class LilvInstance(Structure):
    """A running plugin, as lilv's header shows it."""

    _fields_ = (("descriptor", POINTER(Descriptor)), ("handle", c_void_p), ("own", c_void_p))


_CALLS: Calls = {
    "lilv_world_new": (c_void_p, ()),
    "lilv_world_set_option": (None, (c_void_p, c_char_p, Node)),
    "lilv_world_load_all": (None, (c_void_p,)),
    "lilv_world_get_all_plugins": (c_void_p, (c_void_p,)),
    "lilv_world_get": (c_void_p, (c_void_p, Node, Node, Node)),
    "lilv_new_uri": (Node, (c_void_p, c_char_p)),
    "lilv_new_string": (Node, (c_void_p, c_char_p)),
    "lilv_node_free": (None, (Node,)),
    "lilv_node_as_string": (c_char_p, (Node,)),
    "lilv_node_is_uri": (c_bool, (Node,)),
    "lilv_node_is_float": (c_bool, (Node,)),
    "lilv_node_is_int": (c_bool, (Node,)),
    "lilv_node_as_float": (c_float, (Node,)),
    "lilv_nodes_begin": (c_void_p, (c_void_p,)),
    "lilv_nodes_next": (c_void_p, (c_void_p, c_void_p)),
    "lilv_nodes_is_end": (c_bool, (c_void_p, c_void_p)),
    "lilv_nodes_get": (Node, (c_void_p, c_void_p)),
    "lilv_nodes_free": (None, (c_void_p,)),
    "lilv_plugins_begin": (c_void_p, (c_void_p,)),
    "lilv_plugins_next": (c_void_p, (c_void_p, c_void_p)),
    "lilv_plugins_is_end": (c_bool, (c_void_p, c_void_p)),
    "lilv_plugins_get": (c_void_p, (c_void_p, c_void_p)),
    "lilv_plugins_get_by_uri": (c_void_p, (c_void_p, Node)),
    "lilv_plugin_get_uri": (Node, (c_void_p,)),
    "lilv_plugin_get_name": (Node, (c_void_p,)),
    "lilv_plugin_get_author_name": (Node, (c_void_p,)),
    "lilv_plugin_get_value": (c_void_p, (c_void_p, Node)),
    "lilv_plugin_get_required_features": (c_void_p, (c_void_p,)),
    "lilv_plugin_get_num_ports": (c_uint32, (c_void_p,)),
    "lilv_plugin_get_port_by_index": (c_void_p, (c_void_p, c_uint32)),
    "lilv_plugin_has_latency": (c_bool, (c_void_p,)),
    "lilv_plugin_get_latency_port_index": (c_uint32, (c_void_p,)),
    "lilv_plugin_instantiate": (POINTER(LilvInstance), (c_void_p, c_double, c_void_p)),
    "lilv_instance_free": (None, (POINTER(LilvInstance),)),
    "lilv_port_get_symbol": (Node, (c_void_p, c_void_p)),
    "lilv_port_get_name": (Node, (c_void_p, c_void_p)),
    "lilv_port_is_a": (c_bool, (c_void_p, c_void_p, Node)),
    "lilv_port_has_property": (c_bool, (c_void_p, c_void_p, Node)),
    "lilv_port_get": (Node, (c_void_p, c_void_p, Node)),
    "lilv_port_get_range": (None, (c_void_p, c_void_p, POINTER(Node), POINTER(Node), POINTER(Node))),
    "lilv_port_get_scale_points": (c_void_p, (c_void_p, c_void_p)),
    "lilv_scale_points_begin": (c_void_p, (c_void_p,)),
    "lilv_scale_points_next": (c_void_p, (c_void_p, c_void_p)),
    "lilv_scale_points_is_end": (c_bool, (c_void_p, c_void_p)),
    "lilv_scale_points_get": (c_void_p, (c_void_p, c_void_p)),
    "lilv_scale_points_free": (None, (c_void_p,)),
    "lilv_scale_point_get_label": (Node, (c_void_p,)),
    "lilv_scale_point_get_value": (Node, (c_void_p,)),
}
"""What is called of its interface (drobilla.net/docs/lilv): what each returns and takes."""

Activation = CFUNCTYPE(None, c_void_p)
"""``activate`` and ``deactivate`` of a descriptor, which may be null."""

MapUri = CFUNCTYPE(c_uint32, c_void_p, c_char_p)
UnmapUri = CFUNCTYPE(c_void_p, c_void_p, c_uint32)


@lru_cache(maxsize=1)
def open_library() -> Any:
    """Return the library with its functions.

    Raises:
        ModelRunError: it is not on this machine, or too old.
    """
    return open_native(NAMES, _CALLS, MISSING)
