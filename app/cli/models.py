"""``harpist models list``: what can be run here, and the controls of each."""

from __future__ import annotations

import sys

from app.cli.tracks import describe_track
from app.config import Settings
from app.harp.controls import AudioTrack, Control, Dropdown, MultiSelect, NumberBox, Slider, TextBox, Toggle
from app.hub.meter import bytes_in_words
from app.shelf import part_sentence, shelf_sentence
from app.sources import open_registry


def list_models(settings: Settings) -> int:
    """Print every model with its controls; returns the exit code."""
    registry = open_registry(settings, say=lambda text: print(text, file=sys.stderr))
    for endpoint_id in registry.ids():
        spec = registry.get(endpoint_id)
        print(f"{endpoint_id}  {spec.card.name}")
        if len(spec.tracks) > 1 or not isinstance(spec.tracks[0], AudioTrack):
            for track in spec.tracks:
                print(f"    track {track.label}: {describe_track(track)}")
        for control in spec.controls:
            print(f"    {control.label}: {_values(control)}")
        for item in spec.weights:
            if item.repo not in spec.weights_at:
                print(f"    {part_sentence(item)}")
    for spec in registry.shelf.waiting():
        size = f" ({bytes_in_words(spec.weights_size)})" if spec.weights_size else ""
        print(f"{spec.id}  {spec.card.name}: not offered yet{size}. {shelf_sentence(spec)}")
    return 0


def _values(control: Control) -> str:
    """Say what a control takes, and its default."""
    if isinstance(control, (Slider, NumberBox)):
        return f"{control.minimum:g} to {control.maximum:g} {control.unit}, {control.value:g} unless set"
    if isinstance(control, Dropdown):
        return f"{' or '.join(f'“{choice}”' for choice in control.choices)}, “{control.value}” unless set"
    if isinstance(control, MultiSelect):
        chosen = ", ".join(f"“{choice}”" for choice in control.value) or "none"
        return f"any of {', '.join(f'“{choice}”' for choice in control.choices)}, {chosen} unless set"
    if isinstance(control, Toggle):
        return f"on or off, {'on' if control.value else 'off'} unless set"
    assert isinstance(control, TextBox)
    return f"text, “{control.value}” unless set"
