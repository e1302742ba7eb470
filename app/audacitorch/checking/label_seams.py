"""Findings where a long region's labels, which are found in chunks, are others than those of the whole."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.audacitorch.checking.report import WARNING, Finding, Kind
from app.audacitorch.checking.sound_files import process_file, write_sound
from app.audacitorch.checking.subject import Subject
from app.audacitorch.inference.label_drawing import label_list
from app.audacitorch.inference.spans import Span, clip, join_neighbours
from app.audacitorch.labeler import AudacitorchLabeler
from app.audacitorch.profile import write_profile
from app.errors import HarpistError
from app.harp.labels import Label, LabelList

LABEL_SEAMS = Kind(
    "label-seams",
    WARNING,
    "A long region is labelled in chunks, and gets other labels than the whole would.",
    "Let a label depend on some seconds of sound around it only, not on its place, the input's length or its loudest "
    "sample.",
)

KINDS = (LABEL_SEAMS,)

_SECONDS = 75.0
"""More than one chunk of a labeler."""
_ALIKE = 0.9
"""Share of the time in which labels must agree."""
_GRID = 0.02
"""Seconds between two looks at the labels."""


def check_label_seams(subject: Subject, scratch: Path) -> list[Finding]:
    """Compare the labels of a region of more than one chunk with those of the whole."""
    length = round(_SECONDS * subject.rate)
    if not subject.profile.labels or not subject.affords(3 * length):
        return []
    # Loud and soft by turns, so that there is something to label.
    levels = np.asarray([1.0, 0.03, 3.0, 0.3, 0.003], np.float32)[np.arange(length) // (3 * subject.rate) % 5]
    sound = np.clip(
        np.resize(subject.sound(10 * subject.rate, 5).T, (length, subject.profile.channels)).T * levels, -1, 1
    )
    try:
        classes, times = subject.run(sound)
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            profile = Path(folder) / "profile.json"
            write_profile(profile, subject.profile, subject.folder)
            endpoint = AudacitorchLabeler("author/model", str(subject.folder), str(profile))
            endpoint.setup("cpu")
            path = Path(folder) / "sound.wav"
            write_sound(path, sound, subject.rate)
            (found,) = process_file(endpoint, path, Path(folder))
    except HarpistError:
        # What fails here will have said so with shorter sounds.
        return []
    assert isinstance(found, LabelList)
    kinds = classes.argmax(axis=1) if classes.ndim == 2 else classes
    spans = [Span(start, end, int(kind), None) for (start, end), kind in zip(times.tolist(), kinds.tolist())]
    whole = label_list(join_neighbours(clip(spans, 0.0, _SECONDS)), subject.metadata.labels)
    if not found.labels and not whole.labels:
        subject.measured["labels in chunks"] = f"not compared: there are none in {_SECONDS:g} s of made-up sound"
        return []
    share = float(np.mean(_grid(found.labels) == _grid(whole.labels)))
    subject.measured["labels in chunks"] = f"the same as of the whole for {100 * share:.1f} % of {_SECONDS:g} s"
    if share >= _ALIKE:
        return []
    return [
        LABEL_SEAMS.found(f"In chunks, {100 * (1 - share):.0f} % of {_SECONDS:g} s get other labels than as a whole.")
    ]


def _grid(labels: Iterable[Label]) -> NDArray[np.str_]:
    """Return the name of the label at each point of a grid of times, the last that begins before it."""
    names = np.full(round(_SECONDS / _GRID), "", dtype="<U200")
    for label in labels:
        names[round(label.t / _GRID) : round((label.t + (label.duration or 0.0)) / _GRID)] = label.label
    return names
