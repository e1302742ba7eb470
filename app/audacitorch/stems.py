"""Which rows of a model's output make which stem, and what each stem is called. Standard library only.

The format names rows; a model that takes stereo may name stereo stems of two rows each instead, and published models
name more or fewer than they return.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_REST = {"other", "others", "rest", "residual", "remainder", "accompaniment", "instrumental", "background", "noise"}
"""Words in the name of a stem that holds what no other does."""


@dataclass(frozen=True)
class Stem:
    """One output of an effect.

    Attributes:
        label: its name, unlike every other stem's.
        rows: the model's rows that it is made of: one (mono), or left and right.
    """

    label: str
    rows: tuple[int, ...]


def plan_stems(labels: Sequence[str], rows: int, stereo: bool) -> tuple[Stem, ...]:
    """Return the stems of a model that returns ``rows`` rows.

    A stereo model with twice as many rows as labels gives a stereo stem per label (rows 2i and 2i + 1), and so does one
    with two rows and no label; else each row is a mono stem. Surplus labels are left out, rows without are numbered.

    >>> [(stem.label, stem.rows) for stem in plan_stems(["Centre", "Sides"], 4, stereo=True)]
    [('Centre', (0, 1)), ('Sides', (2, 3))]
    >>> [stem.label for stem in plan_stems(["Vocals"], 2, stereo=False)]
    ['Vocals', 'Output 2']
    """
    in_pairs = stereo and rows == 2 * max(1, len(labels))
    count = rows // 2 if in_pairs else rows
    names: list[str] = []
    for index in range(count):
        name = (labels[index] if index < len(labels) else "") or f"Output {index + 1}"
        taken = {other.casefold() for other in names}
        distinct, number = name, 2
        while distinct.casefold() in taken:
            distinct, number = f"{name} {number}", number + 1
        names.append(distinct)
    return tuple(Stem(name, (2 * index, 2 * index + 1) if in_pairs else (index,)) for index, name in enumerate(names))


def rest_of(stems: Sequence[Stem]) -> int:
    """Return the place of the stem that is most likely what is left of a mix: the last that is called so, or the last.

    >>> rest_of(plan_stems(["drums", "other", "vocals"], 3, stereo=False)), rest_of(plan_stems(["a", "b"], 2, False))
    (1, 1)
    """
    named = [place for place, stem in enumerate(stems) if _REST & set(stem.label.casefold().split())]
    return (named or [len(stems) - 1])[-1]


def label_warnings(labels: Sequence[str], rows: int, stereo: bool) -> tuple[str, ...]:
    """Return what deviates from the format when a model with these labels returns ``rows`` rows."""
    if len(labels) == rows or (stereo and rows == 2 * len(labels)):
        return ()
    if len(labels) > rows:
        return (f"There are {len(labels)} labels for {_outputs(rows)}; the surplus is left out.",)
    known = {0: "are no labels", 1: "is only 1 label"}.get(len(labels), f"are only {len(labels)} labels")
    return (f"There {known} for {_outputs(rows)}; the rest is numbered.",)


def _outputs(rows: int) -> str:
    return "1 output" if rows == 1 else f"{rows} outputs"
