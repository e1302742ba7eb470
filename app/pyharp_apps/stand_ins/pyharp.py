"""``import pyharp``: the library's public names, in what its documentation of 0.1, 0.2 and 0.3 says of them.

Written from TEAMuP-dev/pyharp's README; the app's endpoint is kept in :data:`BUILT` rather than served.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.pyharp_apps.stand_ins.components import JSON, Audio, Component, File
from app.pyharp_apps.stand_ins.current import CURRENT
from app.pyharp_apps.stand_ins.labels import AudioLabel, LabelList, MidiLabel, OutputLabel, SpectrogramLabel
from app.pyharp_apps.stand_ins.midi import get_tick_time_in_seconds, load_midi, ticks_to_seconds
from app.pyharp_apps.stand_ins.taxonomy import Category, Channels, SampleRate, Subcategory

__all__ = [
    "AudioLabel",
    "Category",
    "Channels",
    "LabelList",
    "MidiLabel",
    "ModelCard",
    "OutputLabel",
    "SampleRate",
    "SpectrogramLabel",
    "Subcategory",
    "add_timestamp_to_path",
    "build_endpoint",
    "get_default_path",
    "get_tick_time_in_seconds",
    "get_timestamp",
    "load_audio",
    "load_midi",
    "save_and_return_filepath",
    "save_audio",
    "save_midi",
    "ticks_to_seconds",
]

__version__ = "0.3.1"

_MIDI = (".mid", ".midi")


@dataclass
class ModelCard:
    """What a user reads about an app; ``midi_in`` and ``midi_out`` are of pyharp 0.2."""

    name: str
    description: str
    author: str
    tags: list[Any] = field(default_factory=list)
    midi_in: bool = False
    midi_out: bool = False


@dataclass(frozen=True)
class Built:
    """An endpoint as an app built it.

    Attributes:
        card: a :class:`ModelCard`, or whatever the app took for one.
        inputs: components, one for each argument of the function.
        outputs: components, one for each value that it returns.
        function: the app's own.
    """

    card: Any
    inputs: tuple[Component, ...]
    outputs: tuple[Component, ...]
    function: Callable[..., Any]


BUILT: list[Built] = []
"""What the app has built, in order; the first one counts."""


def build_endpoint(*arguments: Any, **named: Any) -> dict[str, Component]:
    """Take an endpoint, in the signature of any version.

    * 0.3: ``model_card, input_components, output_components, process_fn``
    * 0.2: ``model_card, components, process_fn``, with the sound or MIDI file in front, and labels after it
    * 0.1: ``inputs, output, process_fn, card``

    Returns:
        Components under the names that pyharp's own has; nothing happens when one is used.

    Raises:
        TypeError: it is none of these.
    """
    given = {**_by_position(arguments), **named}
    card = given.get("model_card", given.get("card"))
    function = given.get("process_fn")
    if card is None or not callable(function):
        raise TypeError("build_endpoint expects a model_card and a process_fn")
    if "components" in given:
        inputs, outputs = _of_version_2(card, given["components"])
    else:
        inputs = _list(given.get("input_components", given.get("inputs")))
        outputs = _list(given.get("output_components", given.get("output", given.get("outputs"))))
    BUILT.append(Built(card, tuple(inputs), tuple(outputs), function))
    names = ("controls_data", "controls_button", "process_button", "cancel_button", "ctrls_output", "ctrls_button")
    return {name: Component() for name in names}


def _by_position(arguments: Sequence[Any]) -> dict[str, Any]:
    if arguments and isinstance(arguments[0], (list, tuple)):
        names: tuple[str, ...] = ("inputs", "output", "process_fn", "card", "visible")
    elif len(arguments) == 3 and callable(arguments[2]):
        names = ("model_card", "components", "process_fn")
    else:
        names = ("model_card", "input_components", "output_components", "process_fn")
    return dict(zip(names, arguments))


def _list(components: Any) -> list[Any]:
    if components is None:
        return []
    return list(components) if isinstance(components, (list, tuple)) else [components]


def _of_version_2(card: Any, components: Any) -> tuple[list[Any], list[Any]]:
    """Return inputs and outputs: the track in front and what comes back were not among the components then."""
    inputs = _list(components)
    if not inputs or not isinstance(inputs[0], (Audio, File)):
        inputs.insert(0, _track("Input", midi=getattr(card, "midi_in", False)))
    return inputs, [_track("Output", midi=getattr(card, "midi_out", False)), JSON(label="Output Labels")]


def _track(side: str, *, midi: bool) -> Component:
    if midi:
        return File(label=f"{side} Midi", type="filepath", file_types=list(_MIDI))
    return Audio(label=f"{side} Audio", type="filepath")


def load_audio(input_audio_path: Any) -> Any:
    """Return the sound of a file, as an ``AudioSignal`` of audiotools, or of ours where that is not installed."""
    import audiotools

    return audiotools.AudioSignal(input_audio_path)


def save_audio(signal: Any, output_audio_path: Any = None, include_timestamp: bool = False) -> str:
    """Write a signal, and return the file's path; without one, each call makes a new WAV file."""
    path = _target(output_audio_path, ".wav", include_timestamp)
    signal.write(path)
    return path


def save_and_return_filepath(signal: Any) -> str:
    """Write a signal, and return the file's path (pyharp 0.1)."""
    return save_audio(signal)


def save_midi(midi: Any, output_midi_path: Any = None, include_timestamp: bool = False) -> str:
    """Write a score, and return the file's path; without one, each call makes a new file."""
    path = _target(output_midi_path, ".mid", include_timestamp)
    midi.dump_midi(path)
    return path


def _target(path: Any, ending: str, include_timestamp: bool) -> str:
    chosen = get_default_path(ending) if path is None else str(path)
    return add_timestamp_to_path(chosen) if include_timestamp else chosen


def get_default_path(ext: str = ".wav") -> str:
    """Return the path of a file that is not there yet, in the job's own folder."""
    return str(CURRENT.new_file(ext))


def get_timestamp(format: str | None = None) -> str:  # noqa: A002
    """Return the time of day as text, for names of files."""
    return datetime.now().strftime(format or "%m-%d-%Y_%H-%M-%S")


def add_timestamp_to_path(path_: Any) -> str:
    """Return a path with the time of day in its name."""
    path = Path(path_)
    return str(path.with_name(f"{path.stem}_{get_timestamp()}{path.suffix}"))
