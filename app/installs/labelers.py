"""Labelers that are on this machine, as taggers of the endpoints that steer sound by what is heard.

Such an endpoint is this project's own and has a control ``tagger``, of several choices; its factory takes
``labelers``, a JSON object by name: the folder of each, and how many channels and seconds it takes. A labeler counts
where its trial found that it gives probabilities and lets gradients through.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.audacitorch.profile import read_profile
from app.endpoint import EndpointSpec
from app.errors import HarpistError
from app.harp.controls import MultiSelect
from app.registry import Registry

_CONTROL = "tagger"


@dataclass(frozen=True)
class Labeler:
    """One labeler.

    Attributes:
        folder: where its model lies.
        channels: that it takes at once.
        seconds: of the sound that it was tried with.
        reads: what a worker must be able to read for it.
        trusted: it ships with this project.
    """

    folder: str
    channels: int
    seconds: float
    reads: tuple[str, ...]
    trusted: bool


def offer_labelers(registry: Registry) -> tuple[str, ...]:
    """Have the endpoints that steer offer the labelers that are here now; returns the ids of those that changed.

    Reads files.
    """
    steering = [spec for name in registry.ids() if (spec := _steering(registry, name))]
    labelers = find_labelers(registry) if steering else {}
    changed = [made for spec in steering if (made := with_labelers(spec, labelers)) != spec]
    for spec in changed:
        registry.add(spec)
    return tuple(spec.id for spec in changed)


def find_labelers(registry: Registry) -> dict[str, Labeler]:
    """Return the labelers of a registry that can be listened to, by id."""
    found = {}
    for name, folder, kept in registry.models():
        profile = read_profile(kept, folder)
        if profile is None or not profile.gradients or name in registry.held():
            continue
        try:
            spec = registry.get(name)
        except HarpistError:
            continue
        found[name] = Labeler(str(folder.resolve()), profile.channels, profile.seconds, spec.reads, spec.trusted)
    return found


def with_labelers(spec: EndpointSpec, labelers: Mapping[str, Labeler]) -> EndpointSpec:
    """Return an endpoint that offers these labelers, and none that it offered before."""
    before = json.loads(spec.arguments.get("labelers", "{}"))
    gone = {path for one in before.values() for path in one["reads"]}
    inputs = tuple(
        replace(item, choices=(*(one for one in item.choices if one not in before), *labelers))
        if isinstance(item, MultiSelect) and item.name == _CONTROL
        else item
        for item in spec.inputs
    )
    told = {
        name: {"folder": one.folder, "channels": one.channels, "seconds": one.seconds, "reads": list(one.reads)}
        for name, one in labelers.items()
    }
    arguments = {name: value for name, value in spec.arguments.items() if name != "labelers"}
    kept = tuple(path for path in spec.reads if path not in gone)
    return replace(
        spec,
        inputs=inputs,
        arguments={**arguments, **({"labelers": json.dumps(told)} if told else {})},
        reads=(*kept, *dict.fromkeys(path for one in labelers.values() for path in one.reads)),
        hosts=not all(one.trusted for one in labelers.values()),
    )


def _steering(registry: Registry, name: str) -> EndpointSpec | None:
    """Return an endpoint of ours that steers; no other is described for that."""
    if registry.folder(name) is not None or not registry.is_trusted(name) or name in registry.held():
        return None
    spec = registry.get(name)
    steers = any(isinstance(item, MultiSelect) and item.name == _CONTROL for item in spec.inputs)
    return spec if steers else None
