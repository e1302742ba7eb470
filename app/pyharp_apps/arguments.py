"""The arguments of an app's function: what Gradio would pass, made of what HARP sent."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from app.endpoint import Controls, Region
from app.errors import ModelFormatError
from app.harp.controls import TRACKS, Input
from app.pyharp_apps.stand_ins.components import CheckboxGroup, Dropdown, File, Number, Radio, Slider
from app.pyharp_apps.stand_ins.gradio import Request
from app.pyharp_apps.stand_ins.progress import Progress
from app.pyharp_apps.stand_ins.pyharp import Built
from app.pyharp_apps.translation import UNUSED, choices_of

_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def check_arguments(built: Built) -> None:
    """Check that the app's function takes as many arguments as there are inputs.

    Raises:
        ModelFormatError: it takes fewer, or needs more.
    """
    count = len(built.inputs)
    signature = _signature(built.function)
    if signature is None:
        return
    placed = [item for item in signature.parameters.values() if item.kind in _BY_PLACE and not _is_injected(item)]
    needed = [item for item in placed if item.default is item.empty]
    many = any(item.kind is item.VAR_POSITIONAL for item in signature.parameters.values())
    if count < len(needed) or (count > len(placed) and not many):
        takes = f"{len(needed)} to {len(placed)}" if len(needed) < len(placed) else str(len(placed))
        raise ModelFormatError(f"Its function takes {takes} arguments, where build_endpoint got {count} inputs.")


def arguments_of(
    built: Built, inputs: Sequence[Input], region: Region, controls: Controls
) -> tuple[list[Any], dict[str, Any]]:
    """Return the positional and the named arguments for one job.

    Args:
        built: the app's endpoint.
        inputs: the same in HARP's words, one for each component.
        region: the files that were sent.
        controls: the typed values.
    """
    files = iter(region.tracks)
    values: list[Any] = []
    for item, component in zip([item for item in inputs if item is not UNUSED], built.inputs):
        if isinstance(item, TRACKS):
            track = next(files)
            path = None if track is None else str(track.path)
            several = isinstance(component, File) and component.file_count != "single"
            values.append([path] if several and path is not None else path)
        else:
            values.append(_value(component, item, controls[item.name]))
    signature = _signature(built.function)
    if signature is None:
        return values, {}
    named: dict[str, Any] = {}
    positional: list[Any] = []
    for parameter in signature.parameters.values():
        if _is_injected(parameter):
            injected = parameter.default if isinstance(parameter.default, Progress) else Request()
            if (parameter.kind in _BY_PLACE and values) or parameter.kind is parameter.POSITIONAL_ONLY:
                positional.append(injected)
            else:
                named[parameter.name] = injected
        elif parameter.kind in _BY_PLACE and values:
            positional.append(values.pop(0))
    return [*positional, *values], named


def _value(component: Any, item: Any, value: Any) -> Any:
    """Return a control's value as Gradio passes it: whole numbers whole, and what a choice stands for."""
    if isinstance(component, Slider):
        whole = all(float(number).is_integer() for number in (item.minimum, item.step, value))
        return int(value) if whole else value
    if isinstance(component, Number):
        return round(value) if component.precision == 0 else value
    if isinstance(component, (Dropdown, Radio, CheckboxGroup)):
        choices = choices_of(component)
        means = list(choices).index if component.type == "index" else choices.get
        return [means(shown) for shown in value] if isinstance(value, tuple) else means(value)
    return value


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _is_injected(parameter: inspect.Parameter) -> bool:
    annotation = parameter.annotation
    named = annotation if isinstance(annotation, str) else ""
    return (
        isinstance(parameter.default, Progress)
        or annotation is Request
        or named.rpartition(".")[2].strip("\"'") == "Request"
    )
