"""Files that HARP can neither draw nor keep, such as a result's settings: its labels link to them.

HARP 3.1 refuses an endpoint that returns anything but sound, notes and labels, and up to 2.2 the last file of a result
replaces what was sent. So an output that is another file, and that a user can do without (``required`` is off), is no
output for HARP: the labels of the result, which open their link when they are clicked, lead to it. The page, the
command line and ``gradio_client`` get the file itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.harp.controls import FileTrack, Output
from app.harp.labels import LabelList


def is_linked(output: Output) -> bool:
    """Whether HARP gets an output as a link."""
    return isinstance(output, FileTrack) and not output.required


def told(outputs: Sequence[Output]) -> list[Output]:
    """Return the outputs that HARP is told of.

    >>> told([FileTrack("Score", "", required=False)])
    []
    """
    return [output for output in outputs if not is_linked(output)]


def with_link(labels: LabelList, url: str) -> LabelList:
    """Return labels that lead to a URL, but for those that lead elsewhere."""
    return replace(labels, labels=tuple(replace(label, link=label.link or url) for label in labels.labels))
