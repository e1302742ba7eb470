"""Endpoint inputs as Gradio components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from app.audio.endings import MIDI_ENDINGS
from app.harp.controls import (
    AudioTrack,
    Control,
    Dropdown,
    FileTrack,
    MidiTrack,
    MultiSelect,
    NumberBox,
    Slider,
    Toggle,
    Track,
)

_UNITS: Mapping[str, str] = {"percent": "%", "seconds": "s", "hertz": "Hz", "Hz": "Hz", "decibels": "dB"}


def track_component(track: Track) -> Any:
    """Return the drop zone of an input track."""
    types: Sequence[str] = ()  # of sound any: the worker reads what it is, not its name; the page only offers the usual
    if isinstance(track, MidiTrack):
        types = MIDI_ENDINGS
    elif isinstance(track, FileTrack):
        types = track.file_types
    classes = ["hp-drop", *(["hp-audio"] if isinstance(track, AudioTrack) else [])]
    classes += ["hp-notes"] if isinstance(track, MidiTrack) else []
    classes += ["hp-needed"] if track.required else []
    label = track.label if track.required else f"{track.label} (optional)"
    return gr.File(
        label=label, file_types=list(types) or None, type="filepath", height=150, elem_classes=classes, interactive=True
    )


def control_component(control: Control) -> Any:
    """Return the widget of a control, with its unit and its help."""
    if isinstance(control, (Slider, NumberBox)):
        unit = _UNITS.get(control.unit, control.unit)
        label = f"{control.label} ({unit})" if unit and unit not in control.label else control.label
        shared: dict[str, Any] = {
            "value": control.value,
            "minimum": control.minimum,
            "maximum": control.maximum,
            "step": control.step or None,
            "label": label,
            "info": control.info,
            "interactive": True,
        }
        if isinstance(control, Slider):
            return gr.Slider(**shared, buttons=["reset"])
        return gr.Number(**{**shared, "step": control.step or 1})
    if isinstance(control, Toggle):
        return gr.Checkbox(value=control.value, label=control.label, info=control.info, interactive=True)
    if isinstance(control, Dropdown):
        # A few choices are quicker to reach side by side than in a list.
        if len(control.choices) <= 3:
            return gr.Radio(
                list(control.choices), value=control.value, label=control.label, info=control.info, interactive=True
            )
        return gr.Dropdown(
            list(control.choices), value=control.value, label=control.label, info=control.info, interactive=True
        )
    if isinstance(control, MultiSelect):
        shared = {"value": list(control.value), "label": control.label, "info": control.info, "interactive": True}
        if len(control.choices) <= 6:
            return gr.CheckboxGroup(list(control.choices), **shared)
        return gr.Dropdown(list(control.choices), multiselect=True, **shared)
    return gr.Textbox(
        value=control.value, label=control.label, info=control.info, max_length=control.longest, interactive=True
    )
