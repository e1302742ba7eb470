"""Cards, inputs, outputs and values to and from HARP's JSON: one answer serves every client from 1.4.1 to 4.0."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from app.errors import RequestError
from app.harp.card import ModelCard
from app.harp.controls import (
    TRACKS,
    AudioTrack,
    ControlValue,
    Dropdown,
    FileTrack,
    Input,
    LabelTrack,
    MidiTrack,
    MultiSelect,
    NumberBox,
    Output,
    Slider,
    TextTrack,
    Toggle,
)
from app.harp.file_link import told
from app.harp.label_display import display_place, label_display
from app.harp.labels import AudioLabel, Label, LabelList, MidiLabel, OutputLabel, SpectrogramLabel

LONGEST_MESSAGE = 200
"""Characters of an error that HARP 4 shows."""


def controls_answer(card: ModelCard, inputs: Sequence[Input], outputs: Sequence[Output]) -> dict[str, Any]:
    """Return the object that ``/controls`` answers with.

    HARP 1.4.1 and 2.x read ``ctrls``, ``midi_in`` and ``midi_out``; later clients ``inputs`` and ``outputs``. Where
    no sound comes back with a sound's labels, it is among the outputs (see :mod:`app.harp.label_display`); a file that
    can be done without is not (see :mod:`app.harp.file_link`).
    """
    listed = [_component(item) for item in inputs]
    display = label_display(inputs, outputs)
    shown = told(outputs)
    if display is not None:
        shown.insert(display_place(shown), display)
    returned = [_component(item) for item in shown]
    return {
        "card": {
            "name": card.name,
            "author": card.author,
            "description": card.description,
            "tags": list(card.tags),
            "midi_in": any(isinstance(item, MidiTrack) for item in inputs),
            "midi_out": keeps_midi(item["type"] for item in returned),
        },
        "inputs": listed,
        "ctrls": listed,
        "outputs": returned,
    }


def keeps_midi(types: Iterable[object]) -> bool:
    """Whether HARP up to 2.2, which keeps the last file of a result, keeps notes: ``types`` are those of the outputs.

    >>> keeps_midi(["audio_track", "midi_track", "json"]), keeps_midi(["midi_track", "audio_track"]), keeps_midi([])
    (True, False, False)
    """
    files = [kind for kind in types if kind in ("audio_track", "midi_track")]
    return files[-1:] == ["midi_track"]


def _component(item: Input | Output) -> dict[str, Any]:
    head: dict[str, Any] = {"label": item.label, "info": item.info}
    if isinstance(item, AudioTrack):
        return {"type": "audio_track", "ctrl_type": "audio_in", "required": item.required, **head}
    if isinstance(item, MidiTrack):
        return {"type": "midi_track", "ctrl_type": "midi_in", "required": item.required, **head}
    if isinstance(item, FileTrack):
        return {"type": "generic_file", "required": item.required, "file_types": list(item.file_types), **head}
    if isinstance(item, (LabelTrack, TextTrack)):
        # HARP 3.1 refuses an endpoint with an output of any other kind, and none takes a text as a result.
        return {"type": "json", **head}
    if isinstance(item, (Slider, NumberBox)):
        numbers = {"minimum": item.minimum, "maximum": item.maximum, "step": item.step, "value": item.value}
        if isinstance(item, Slider):
            return {"type": "slider", "ctrl_type": "slider", **head, **numbers}
        # HARP 3 reads a number box's range under these two names.
        return {
            "type": "number_box",
            "ctrl_type": "number_box",
            **head,
            **numbers,
            "min": item.minimum,
            "max": item.maximum,
        }
    if isinstance(item, Toggle):
        return {"type": "toggle", "ctrl_type": "toggle", "value": item.value, **head}
    if isinstance(item, (Dropdown, MultiSelect)):
        several = isinstance(item, MultiSelect)
        return {
            "type": "dropdown",
            "ctrl_type": "dropdown",
            "choices": [[choice, choice] for choice in item.choices],
            "value": list(item.value) if several else item.value,
            "multiselect": several,
            **head,
        }
    return {"type": "text_box", "ctrl_type": "text", "value": item.value, **head}


def parse_values(inputs: Sequence[Input], data: object) -> tuple[list[str | None], dict[str, ControlValue]]:
    """Read the values of a ``/process`` call: one per input, in order.

    Returns:
        The server path of each input track (``None`` where an optional one is empty), and the typed value of each
        control by name. The paths are as the client sent them: whoever opens one must check it first.

    Raises:
        RequestError: not a list, a wrong number of values, or something that is no file.
        ControlError: a value that its control does not take.
    """
    if not isinstance(data, list):
        raise RequestError('Expected {"data": [one value per input, in order]}.')
    if len(data) != len(inputs):
        names = ", ".join(item.label for item in inputs)
        raise RequestError(f"Expected {len(inputs)} values ({names}), not {len(data)}.")
    paths: list[str | None] = []
    values: dict[str, ControlValue] = {}
    for item, raw in zip(inputs, data):
        if isinstance(item, TRACKS):
            paths.append(_parse_file(item.label, item.required, raw))
        else:
            values[item.name] = item.parse(raw)
    return paths, values


def fill_in(inputs: Sequence[Input], data: object, *, early: bool) -> object:
    """Put in the values that an older client leaves out, since it drops every input that it does not know.

    No client before 4.0 knows files that are neither sound nor MIDI; 1.4.1 and 2.0 know no toggles and no dropdowns.
    Values that fit no such client come back as they are.

    Args:
        inputs: the endpoint's.
        data: what the client sent.
        early: whether the client is older than 2.2.
    """
    if not isinstance(data, list) or len(data) == len(inputs):
        return data
    for unknown in ((FileTrack,), (FileTrack, Toggle, Dropdown, MultiSelect))[: 2 if early else 1]:
        if len(data) == sum(not isinstance(item, unknown) for item in inputs):
            sent = iter(data)
            return [_default(item) if isinstance(item, unknown) else next(sent) for item in inputs]
    return data


def _default(item: Input) -> ControlValue | None:
    return None if isinstance(item, TRACKS) else item.value


def _parse_file(label: str, required: bool, raw: object) -> str | None:
    if raw is None:
        if required:
            raise RequestError(f"{label} expects a file, and none was sent.")
        return None
    path = raw.get("path") if isinstance(raw, dict) else raw
    if not isinstance(path, str) or not path:
        raise RequestError(f'{label} expects a file as {{"path": the path that the upload returned}}.')
    return path


def file_answer(path: str, url: str, notice: str = "") -> dict[str, Any]:
    """Return one output file; ``url`` is absolute and percent-encoded, the only part that clients use.

    A ``notice`` is a key of its own, which they ignore.
    """
    answer = {"path": path, "url": url, "meta": {"_type": "gradio.FileData"}}
    return {**answer, "notice": notice} if notice else answer


def labels_answer(labels: LabelList, *, early: bool = False) -> dict[str, Any]:
    """Return one output's labels, an empty list where there are none; a notice as :func:`file_answer` does.

    Where they came from is a key of its own, too, which clients ignore.

    Args:
        labels: the labels.
        early: whether they go to a client older than 2.2, which knows no :class:`OutputLabel`.
    """
    listed = [label_json(label) for label in labels.labels]
    for label in listed:
        if early and label["label_type"] == OutputLabel.__name__:
            label["label_type"] = AudioLabel.__name__
    answer: dict[str, Any] = {"meta": {"_type": "pyharp.LabelList"}, "labels": listed}
    if labels.provenance:
        answer["provenance"] = json.loads(labels.provenance)
    return {**answer, "notice": labels.notice} if labels.notice else answer


_LARGEST = 1e12
"""Beyond any time, frequency or pitch; it keeps out NaN and infinities too, which are no JSON."""
_EXTRA: Mapping[type, tuple[str, ...]] = {
    OutputLabel: (),
    AudioLabel: ("amplitude",),
    SpectrogramLabel: ("frequency",),
    MidiLabel: ("pitch",),
}
_KINDS: Mapping[str, Callable[..., Label]] = {kind.__name__: kind for kind in _EXTRA}


def label_json(label: Label) -> dict[str, Any]:
    """Return one label as a JSON object, without the fields that it does not use."""
    extra = _EXTRA[type(label)]
    record: dict[str, Any] = {
        "label_type": type(label).__name__,
        "t": label.t,
        "label": label.label,
        "color": label.color,
    }
    for name in ("duration", "description", "link", *extra):
        value = getattr(label, name)
        if value is not None:
            record[name] = value
    return record


def label_from_json(record: Mapping[str, Any]) -> Label:
    """Read one label as :func:`label_json` wrote it.

    Raises:
        ValueError: not such an object.
    """
    rest = dict(record)
    try:
        kind = _KINDS[rest.pop("label_type")]
        label = kind(**rest)
    except (KeyError, TypeError) as error:
        raise ValueError("not a label") from error
    for name in ("t", "duration", *_EXTRA[type(label)]):
        value = getattr(label, name)
        if value is None and name != "t":
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < _LARGEST:
            raise ValueError(f"a label's {name} is not a number")
    if not isinstance(label.label, str):
        raise ValueError("a label's text is not text")
    if any(not isinstance(text, (str, type(None))) for text in (label.description, label.link)):
        raise ValueError("a label's description or link is not text")
    if isinstance(label.color, bool) or not isinstance(label.color, int) or not 0 <= label.color < 2**32:
        raise ValueError("a label's color is not a 32-bit number")
    return label


def error_answer(message: str) -> dict[str, str]:
    """Return the data of an ``error`` event: one line, at most 200 characters, that no client misreads.

    HARP 3 takes any text with the digits 503 for a sleeping Space, so a word joiner goes between them.
    """
    line = " ".join(message.split()).replace("503", "50\u20603")
    if len(line) > LONGEST_MESSAGE:
        line = line[: LONGEST_MESSAGE - 1] + "…"
    return {"error": line}
