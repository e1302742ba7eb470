"""A preset is read by lilv as it was written."""

from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_uint32, c_void_p
from pathlib import Path

import pytest

from endpoints.effects.lv2.features import NUMBERS
from endpoints.effects.lv2.library import open_library
from endpoints.effects.lv2.preset import preset_text
from tests.lv2_plugins import needs_lilv


@needs_lilv
def test_lilv_reads_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "preset.ttl"
    values = {"gain": 0.125, "mode": 3.0, "late": -1234.5, "tiny": 1.5e-7}
    path.write_text(preset_text("urn:harpist:trial", 'My "α"\npreset\\', values), encoding="utf-8")
    lilv = open_library()
    made, label, emit, of = (
        getattr(lilv, f"lilv_state_{name}")
        for name in ("new_from_file", "get_label", "emit_port_values", "get_plugin_uri")
    )
    made.restype, made.argtypes = c_void_p, (c_void_p, c_void_p, c_void_p, c_char_p)
    label.restype, label.argtypes = c_char_p, (c_void_p,)
    of.restype, of.argtypes = c_void_p, (c_void_p,)
    told = CFUNCTYPE(None, c_char_p, c_void_p, c_void_p, c_uint32, c_uint32)
    emit.restype, emit.argtypes = None, (c_void_p, told, c_void_p)
    world = lilv.lilv_world_new()
    state = made(world, ctypes.addressof(NUMBERS.map), None, str(path).encode())
    assert state
    assert label(state).decode() == 'My "α" preset\\'
    assert lilv.lilv_node_as_string(of(state)) == b"urn:harpist:trial"
    found: dict[str, float] = {}

    def take(symbol: bytes, _data: object, value: int, _size: int, _kind: int) -> None:
        found[symbol.decode()] = ctypes.cast(value, POINTER(ctypes.c_float))[0]

    emit(state, told(take), None)
    assert found == pytest.approx(values, rel=1e-6)


def test_what_is_no_turtle_is_refused() -> None:
    with pytest.raises(ValueError, match="no URI"):
        preset_text("urn:a> . <b", "x", {})
    with pytest.raises(ValueError, match="not finite"):
        preset_text("urn:a", "x", {"a": float("nan")})
    with pytest.raises(ValueError, match="no symbol"):
        preset_text("urn:a", "x", {'a" ; b': 1.0})
