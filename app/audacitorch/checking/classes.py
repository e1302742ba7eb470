"""Findings in what a labeler returns: classes without a name, times that are none."""

from __future__ import annotations

import numpy as np

from app.audacitorch.checking.report import ERROR, NOTE, WARNING, Finding, Kind
from app.audacitorch.checking.subject import Subject
from app.errors import ModelRunError

CLASS_UNNAMED = Kind(
    "class-unnamed",
    WARNING,
    "The user reads “class 7” in place of a name.",
    "Write as many labels as there are classes, in the order of their indices.",
)
CLASS_SURPLUS = Kind(
    "class-surplus",
    WARNING,
    "The names are probably in another order than the classes, since there are more of them.",
    "Write one label for each column of the probabilities.",
)
LABEL_TIMES = Kind(
    "label-times",
    ERROR,
    "The labels lie outside of what was selected, or end before they start; programs refuse them or drop them.",
    "Return timestamps (n, 2) in seconds from the start of the input, not in samples or frames, with start < end.",
)
NO_PROBABILITY = Kind(
    "no-probability",
    NOTE,
    "This server puts such scores through a softmax; to other programs a confidence beyond 0 to 1 means nothing.",
    "Return torch.softmax(scores, dim=1), or torch.sigmoid(scores) where classes do not exclude each other.",
)

KINDS = (CLASS_UNNAMED, CLASS_SURPLUS, LABEL_TIMES, NO_PROBABILITY)

_ROUNDING = 1e-3
_BEYOND = 0.1
"""Seconds by which a last frame may pass the end."""


def check_classes(subject: Subject) -> list[Finding]:
    """Look at the labels of a few sounds."""
    if not subject.profile.labels:
        return []
    seconds = subject.usual / subject.rate
    silence = np.zeros((subject.profile.channels, subject.usual), np.float32)
    lowest, highest, count, times = 0, -1, 0, np.zeros((0, 2))
    for sound in (subject.sound(subject.usual, 0), 4 * subject.sound(subject.usual, 1), silence):
        try:
            classes, spans = subject.run(sound)
        except ModelRunError:
            continue
        times = np.concatenate([times, spans])
        if classes.ndim == 2:
            count = classes.shape[1]
        elif classes.size:
            lowest, highest = min(lowest, int(classes.min())), max(highest, int(classes.max()))
    subject.measured["labels found"] = f"{len(times)} in 3 sounds of {seconds:g} s"
    names = _names(len(subject.metadata.labels), lowest, highest, count)
    return [*names, *_times(times, seconds), *_probabilities(subject)]


def _probabilities(subject: Subject) -> list[Finding]:
    scores = subject.raw(subject.sound(subject.usual))[0]
    if scores.ndim != 2 or not scores.is_floating_point() or not scores.numel():
        return []
    least, most = float(scores.min()), float(scores.max())
    if least >= -_ROUNDING and most <= 1 + _ROUNDING:
        return []
    return [NO_PROBABILITY.found(f"The classes' probabilities go from {least:.3g} to {most:.3g}; 0 to 1 is expected.")]


def _names(named: int, lowest: int, highest: int, count: int) -> list[Finding]:
    labels = f"{named} label{'' if named == 1 else 's'}"
    if count > named:
        return [CLASS_UNNAMED.found(f"The model tells {count} classes apart, and has {labels} for them.")]
    if 0 < count < named:
        return [CLASS_SURPLUS.found(f"The model tells {count} classes apart, and has {labels} for them.")]
    if lowest < 0 or highest >= named:
        odd = lowest if lowest < 0 else highest
        return [CLASS_UNNAMED.found(f"The model returned the class {odd}, and has {labels}, for 0 to {named - 1}.")]
    return []


def _times(times: np.ndarray, seconds: float) -> list[Finding]:
    for wrong, what in (
        (times[:, 1] <= times[:, 0], "that ends before it starts"),
        (times[:, 0] < 0, "that starts before 0"),
        (times[:, 1] > seconds + _BEYOND, f"that ends after the {seconds:g} s of sound"),
    ):
        if wrong.any():
            start, end = times[np.flatnonzero(wrong)[0]]
            return [LABEL_TIMES.found(f"The model returned a label {what}: {start:g} s to {end:g} s.")]
    return []
