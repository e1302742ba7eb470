"""What an app's function returned, as the results of a job."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.endpoint import FileOutput, Region, Result, TextOutput
from app.errors import ModelRunError
from app.harp.controls import LabelTrack, Output, TextTrack
from app.harp.labels import AudioLabel, Label, LabelList, MidiLabel, OutputLabel, SpectrogramLabel
from app.output_names import plain, result_name, stem_of
from app.pyharp_apps.stand_ins.components import Component
from app.pyharp_apps.stand_ins.pyharp import Built

_KINDS: Mapping[str, type[Label]] = {
    kind.__name__: kind for kind in (OutputLabel, AudioLabel, SpectrogramLabel, MidiLabel)
}
_HEIGHTS = {"AudioLabel": "amplitude", "SpectrogramLabel": "frequency", "MidiLabel": "pitch"}
_RATE_AND_SAMPLES = 2


def values_of(returned: Any, built: Built) -> list[Any]:
    """Return one value for each output.

    Raises:
        ModelRunError: there are more or fewer.
    """
    count = len(built.outputs)
    if isinstance(returned, dict) and returned and all(isinstance(key, Component) for key in returned):
        values = [returned.get(component) for component in built.outputs]
    elif count == 1:
        alone = isinstance(returned, (list, tuple)) and len(returned) == 1
        values = [returned[0] if alone else returned]
    else:
        values = list(returned) if isinstance(returned, (list, tuple)) else [returned]
    if len(values) != count:
        raise ModelRunError(f"The app returned {len(values)} values, and it has {count} outputs.")
    return [value.value if isinstance(value, Component) else value for value in values]


def results_of(values: Sequence[Any], outputs: Sequence[Output], region: Region) -> list[Result]:
    """Return the results of a job, their files in its folder.

    Args:
        values: what the app returned, one for each output.
        outputs: the endpoint's.
        region: what the job was given.

    Raises:
        ModelRunError: a value is not what its output shows.
    """
    results: list[Result] = []
    for value, output in zip(values, outputs):
        if isinstance(output, LabelTrack):
            results.append(labels_of(value))
        elif isinstance(output, TextTrack):
            results.append(TextOutput("" if value is None else str(value)))
        else:
            results.append(FileOutput(_file(value, output.label, region), output.label))
    return results


def _file(value: Any, label: str, region: Region) -> Path:
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("path", value.get("value"))
    if isinstance(value, (list, tuple)) and len(value) == _RATE_AND_SAMPLES and hasattr(value[1], "shape"):
        return _written(value, label, region)
    if value is None:
        raise ModelRunError(f"The app returned nothing for “{label}”, where a file is expected.")
    if not isinstance(value, (str, os.PathLike)):
        raise ModelRunError(f"The app returned {type(value).__name__} for “{label}”, where a file’s path is expected.")
    source = Path(value)
    try:
        if not source.is_file():
            raise ModelRunError(f"The app returned a path for “{label}” at which there is no file.")
        return _taken(source, _target(label, source.suffix, region), region.folder)
    except (OSError, ValueError):
        raise ModelRunError(f"The app’s file for “{label}” cannot be read.") from None


def _target(label: str, suffix: str, region: Region) -> Path:
    """Return a path for a result, named after what was sent and what it is."""
    named = next((track.name for track in region.tracks if track is not None), "")
    stem, number = plain(stem_of(named)) if named else "result", 1
    while (path := region.folder / f"{result_name(stem, label, number)}{suffix}").exists():
        number += 1
    return path


def _taken(source: Path, target: Path, folder: Path) -> Path:
    """Move a file that the job made, and copy any other: one that the app keeps, that was sent, or is still open."""
    if source.resolve().parent == folder.resolve() and not source.is_symlink() and not _is_open(source):
        with contextlib.suppress(OSError):
            return source.rename(target)
    shutil.copyfile(source, target)
    return target


def _is_open(path: Path) -> bool:
    """Whether this process has a file open, as far as the system tells."""
    if sys.platform != "linux":
        return False
    wanted = str(path.resolve())
    with contextlib.suppress(OSError):
        for entry in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(OSError):
                if str(entry.readlink()) == wanted:
                    return True
    return False


def _written(value: Any, label: str, region: Region) -> Path:
    """Write sound that came as ``(rate, samples)``, as Gradio takes it: integers, or floats from -1 to 1."""
    import numpy as np

    from app.pyharp_apps.stand_ins import sound

    rate, samples = value[0], np.asarray(value[1])
    if isinstance(rate, bool) or not isinstance(rate, (int, np.integer)) or samples.ndim not in (1, 2):
        raise ModelRunError(f"The app returned a pair for “{label}” that is no rate and samples.")
    if np.issubdtype(samples.dtype, np.integer):
        samples = samples / -float(np.iinfo(samples.dtype).min or -1)
    shaped = samples[np.newaxis] if samples.ndim == 1 else samples.T
    path = _target(label, ".wav", region)
    sound.write(path, shaped.astype(np.float32), int(rate))
    return path


def labels_of(value: Any) -> LabelList:
    """Return what an app gave as labels: a list of labels, of theirs or of dictionaries, or what holds one.

    Raises:
        ModelRunError: it is no such thing.
    """
    if value is None:
        return LabelList()
    listed = value.get("labels") if isinstance(value, dict) else getattr(value, "labels", value)
    if not isinstance(listed, (list, tuple)):
        raise ModelRunError(f"The app returned {type(value).__name__} where a LabelList is expected.")
    return LabelList(tuple(sorted(map(_label, listed), key=lambda label: label.t)))


def _label(given: Any) -> Label:
    told = given if isinstance(given, dict) else vars(given) if hasattr(given, "__dict__") else {}
    name = str(told.get("label_type", type(given).__name__))
    kind = _KINDS.get(name)
    if kind is None or "t" not in told:
        raise ModelRunError(f"The app returned a {type(given).__name__} among its labels; an AudioLabel is expected.")
    start, length = _number(told["t"], "t"), _number(told.get("duration"), "duration")
    height = _HEIGHTS.get(name)
    extra = {} if height is None else {height: _number(told.get(height), height)}
    about, link = told.get("description"), told.get("link")
    color = _number(told.get("color"), "color")
    return kind(
        max(0.0, start or 0.0),
        str(told.get("label", "")),
        length if length and length > 0 else None,
        None if about is None else str(about),
        0 if color is None else int(color) & 0xFFFFFFFF,
        None if link is None else str(link),
        **extra,
    )


def _number(value: Any, name: str) -> float | None:
    """Return a number, of Python's, numpy's or torch's."""
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ModelRunError(f"The app returned a label whose {name} is not a finite number.")
    return number
