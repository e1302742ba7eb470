"""Every kind of finding, by group, for the documentation and the tests."""

from __future__ import annotations

from app.audacitorch.checking import (
    chunked,
    classes,
    ending,
    files,
    label_seams,
    lengths,
    opening,
    operators,
    own_controls,
    parity,
    repeats,
    schema,
    sound_files,
    sounds,
    speed,
)
from app.audacitorch.checking.report import Kind

BY_GROUP: dict[str, tuple[Kind, ...]] = {
    "The files": files.KINDS,
    "metadata.json": schema.KINDS,
    "Opening": (*ending.KINDS, *opening.KINDS),
    "Lengths": lengths.KINDS,
    "Sounds": sounds.KINDS,
    "The same sound again": repeats.KINDS,
    "Labels": classes.KINDS,
    "Controls": own_controls.KINDS,
    "Long regions": (*chunked.KINDS, *label_seams.KINDS),
    "Sound files": sound_files.KINDS,
    "Time and memory": speed.KINDS,
    "Code": operators.KINDS,
    "The module and its export": parity.KINDS,
}

KINDS = tuple(kind for kinds in BY_GROUP.values() for kind in kinds)
