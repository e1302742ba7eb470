"""Findings about a model's own controls: the further arguments of its ``forward``, and their metadata."""

from __future__ import annotations

import numpy as np

from app.audacitorch.arguments.signature import read_signature
from app.audacitorch.arguments.translation import own_inputs
from app.audacitorch.checking.report import ERROR, NOTE, WARNING, Finding, Kind
from app.audacitorch.checking.subject import Subject
from app.audacitorch.loading import load_model
from app.errors import ModelRunError

CONTROL_HINTS = Kind(
    "control-hints",
    WARNING,
    "The user sees a control that is not as it was meant, or none.",
    "Let “controls” in metadata.json name arguments of forward, with a default within its minimum and maximum.",
)
CONTROL_FAILS = Kind(
    "control-fails",
    ERROR,
    "A user who moves the control gets an error in place of a result.",
    "Narrow the control's minimum, maximum or choices in metadata.json, or clamp the value in forward.",
)
CONTROL_IDLE = Kind(
    "control-idle",
    NOTE,
    "The user moves a control and hears nothing, at least with the sound of this check.",
    "Make sure that the value is used: a traced model has frozen it, for instance.",
)
FURTHER_SOUND = Kind(
    "further-sound",
    WARNING,
    "Programs that know the format alone call forward(x), and fail; export refuses the model.",
    "Let the further sound be missing: reference: torch.Tensor | None = None.",
)

KINDS = (CONTROL_HINTS, CONTROL_FAILS, CONTROL_IDLE, FURTHER_SOUND)


def check_own_controls(subject: Subject) -> list[Finding]:
    """Move every control of the model's own to its extremes."""
    own = own_inputs(subject.profile.arguments, subject.metadata.controls)
    _, unset = read_signature(load_model(subject.folder, "cpu"))
    found = [CONTROL_HINTS.found(sentence) for sentence in (*own.warnings, *unset)]
    needed = [argument.name for argument in subject.profile.arguments if argument.required]
    found += [FURTHER_SOUND.found(f"forward wants the sound “{name}”, and cannot do without.") for name in needed]
    sound = subject.sound(subject.usual)
    usual = subject.run(sound) if own.settings else []
    moved: dict[str, bool] = {}
    failed: set[str] = set()
    for values in own.settings:
        if not subject.affords(subject.usual):
            break
        ((name, value),) = values.items()
        try:
            result = subject.run(sound, values)
        except ModelRunError as error:
            if name not in failed:
                found.append(CONTROL_FAILS.found(f"The argument “{name}” at {value!r} fails: {error.message}"))
            failed.add(name)
            continue
        same = all(np.array_equal(one, other) for one, other in zip(usual, result))
        moved[name] = moved.get(name, False) or not same
    idle = [name for name, heard in moved.items() if not heard and name not in failed]
    return found + [CONTROL_IDLE.found(f"The argument “{name}” changes nothing from end to end.") for name in idle]
