"""What the knobs were set to as a file: JSON to go on with by hand, and presets where the effects are LV2 plugins."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from endpoints.deepafx.chain import ChainPlan, Turns
from endpoints.deepafx.wording import value_text
from endpoints.effects.lv2.preset import preset_text
from endpoints.effects.parameter import Parameter

FORMAT = "harpist-settings"
LV2 = "lv2:"
"""What the address of an LV2 plugin begins with in a chain."""

_MOST = 2000
"""Points of a knob's curve."""

_BEND = 0.003
"""Of a knob's range: how far a curve may be from the lines between its points."""


def corners(values: Turns, tolerance: float) -> list[int]:
    """Return which points of a curve ``(points,)`` are enough: lines between them pass the others within a tolerance.

    >>> corners(np.array([0.0, 0.5, 1.0, 1.0, 1.0]), 0.01)
    [0, 2, 4]
    """
    kept, last = [0], len(values) - 1
    low, high = -np.inf, np.inf
    for point in range(1, last + 1):
        run, rise = point - kept[-1], values[point] - values[kept[-1]]
        if not low <= rise / run <= high:
            kept.append(point - 1)
            low, high = -np.inf, np.inf
            run, rise = 1, values[point] - values[point - 1]
        low, high = max(low, (rise - tolerance) / run), min(high, (rise + tolerance) / run)
    return [*kept, last] if last > kept[-1] else kept


def settings_data(plan: ChainPlan, curve: Turns, times: Turns, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings as JSON has them.

    Args:
        plan: whose knobs.
        curve: where they stood, ``(points, knobs)``.
        times: of the points, in seconds, ``(points,)``.
        about: further keys: what was asked for, and what came of it.
    """
    mean = plan.values(curve.mean(axis=0))
    effects, at = [], 0
    for link, values in zip(plan.links, mean):
        parameters = []
        for parameter in link.learned:
            parameters.append(_moving(parameter, curve[:, at], times))
            at += 1
        parameters += [{"name": name, "value": value} for name, value in link.fixed.items()]
        effects.append({"name": link.name, "uri": link.uri, "version": link.version, "parameters": parameters})
        for told in parameters[: len(link.learned)]:
            told["mean"] = values[told["name"]]
    return {"format": FORMAT, "version": 1, **about, "effects": effects}


def _moving(parameter: Parameter, turns: Turns, times: Turns) -> dict[str, Any]:
    tolerance, kept = _BEND, corners(turns, _BEND)
    while len(kept) > _MOST:
        tolerance *= 1.5
        kept = corners(turns, tolerance)
    if np.ptp(turns) < _BEND:
        kept = kept[:1]
    return {
        "name": parameter.name,
        "label": parameter.label,
        "unit": parameter.unit,
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "scale": parameter.scale.value,
        "default": parameter.default,
        "told": _told(parameter, turns),
        "times": [round(float(times[point]), 3) for point in kept] if len(kept) > 1 else [0.0],
        "values": [float(f"{parameter.from_turn(float(turns[point])):.6g}") for point in kept],
    }


def _told(parameter: Parameter, turns: Turns) -> str:
    low, high = (value_text(parameter, parameter.from_turn(float(turn))) for turn in (turns.min(), turns.max()))
    return low if low == high else f"{low} to {high}"


def has_presets(plan: ChainPlan) -> bool:
    """Whether the file is a ZIP, since some of the effects are LV2 plugins."""
    return any(link.uri.startswith(LV2) for link in plan.links)


def settings_bytes(plan: ChainPlan, data: Mapping[str, Any], name: str) -> bytes:
    """Return the file: JSON, or a ZIP of that and a preset for each LV2 plugin, at the mean of its settings.

    The presets lie in bundles, folders that hosts find where they lie in ``~/.lv2``.

    Args:
        plan: whose knobs.
        data: as `settings_data` returns them.
        name: of the presets.
    """
    text = json.dumps(data, indent=1, ensure_ascii=False).encode()
    if not has_presets(plan):
        return text
    packed, words = io.BytesIO(), set[str]()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("settings.json", text)
        for link, effect in zip(plan.links, data["effects"]):
            if not link.uri.startswith(LV2):
                continue
            uri, title = link.uri[len(LV2) :], f"{name} {link.name}".strip()
            word = _word(title, words)
            values = {told["name"]: told.get("mean", told.get("value")) for told in effect["parameters"]}
            archive.writestr(f"{word}.lv2/manifest.ttl", _manifest(uri, f"{word}.ttl"))
            archive.writestr(f"{word}.lv2/{word}.ttl", preset_text(uri, title, values))
    return packed.getvalue()


def _word(title: str, taken: set[str]) -> str:
    """Return a file's name for a preset that no other one has, in either case, and take it."""
    plain = re.sub(r"[^\w-]+", "-", title, flags=re.ASCII).strip("-") or "preset"
    word, number = plain, 1
    while word.casefold() in taken:
        number += 1
        word = f"{plain}-{number}"
    taken.add(word.casefold())
    return word


def _manifest(uri: str, file: str) -> str:
    return (
        "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
        "@prefix pset: <http://lv2plug.in/ns/ext/presets#> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n\n"
        f"<{file}> a pset:Preset ; lv2:appliesTo <{uri}> ; rdfs:seeAlso <{file}> .\n"
    )
