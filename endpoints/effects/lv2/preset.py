"""Settings of an LV2 plugin as a preset (lv2plug.in, presets extension), which other hosts open."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal

_PREFIXES = (
    ("lv2", "http://lv2plug.in/ns/lv2core#"),
    ("pset", "http://lv2plug.in/ns/ext/presets#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
)


def preset_text(uri: str, name: str, values: Mapping[str, float]) -> str:
    """Return a preset as Turtle, for a file that ends in ``.ttl``.

    Args:
        uri: the plugin's.
        name: what people read.
        values: by the ports' symbols, in their units.

    Raises:
        ValueError: something that Turtle cannot hold: a symbol or URI with odd characters, a value that is not finite.
    """
    if not all(map(math.isfinite, values.values())):
        raise ValueError("a value is not finite")
    if any(letter in '<>"{}|^`\\' or ord(letter) <= 32 for letter in uri):
        raise ValueError(f"no URI: {uri[:80]}")
    if odd := [symbol for symbol in values if not (symbol.isascii() and symbol.isidentifier())]:
        raise ValueError(f"no symbol of a port: {odd[0][:80]}")
    ports = " ,\n".join(
        f'    [ lv2:symbol "{symbol}" ; pset:value {_decimal(value)} ]' for symbol, value in values.items()
    )
    lines = [f"@prefix {short}: <{full}> ." for short, full in _PREFIXES]
    label = json.dumps(" ".join(name.split()), ensure_ascii=False)
    about = f"<> a pset:Preset ;\n  lv2:appliesTo <{uri}> ;\n  rdfs:label {label}"
    return "\n".join((*lines, "", about + (f" ;\n  lv2:port\n{ports} ." if values else " ."), ""))


def _decimal(value: float) -> str:
    """Return a number as every host reads it: without an exponent.

    >>> _decimal(1.5e-7), _decimal(3)
    ('0.00000015', '3.0')
    """
    text = format(Decimal(repr(float(value))), "f")
    return text if "." in text else f"{text}.0"
