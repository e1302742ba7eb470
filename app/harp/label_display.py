"""What HARP draws labels on: from version 3 on, the display of an output track, and nothing else.

An endpoint that gives labels of a sound, and no sound, has no such track: its user would see nothing, or the labels on
notes. So HARP is told of one more output, right before the labels, on which the input comes back as it was sent. HARP
up to 2.2 puts the last file in its input's place: that one, which is the same; notes there would get a sound's name.
Whoever draws otherwise (the page, the command line, ``gradio_client``) gets the endpoint's own outputs only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar, Union

from app.errors import RequestError
from app.harp.controls import TRACKS, AudioTrack, Input, LabelTrack, MidiTrack, Output, TextTrack

File = TypeVar("File")
Drawn = Union[AudioTrack, MidiTrack]
_DRAWN = (AudioTrack, MidiTrack)
_LAID_OVER = (LabelTrack, TextTrack)


def label_display(inputs: Sequence[Input], outputs: Sequence[Output]) -> Drawn | None:
    """Return the output beside an endpoint's own, or ``None`` where HARP needs none, or can have none."""
    drawn = [item for item in inputs if isinstance(item, _DRAWN)]
    if not drawn or not any(isinstance(item, _LAID_OVER) for item in outputs):
        return None
    first = min(drawn, key=lambda item: not item.required)
    if any(isinstance(item, (AudioTrack, type(first))) for item in outputs):
        return None
    kind, what = (AudioTrack, "sound") if isinstance(first, AudioTrack) else (MidiTrack, "MIDI file")
    return kind(f"Labelled {what}", f"The {what} as it was sent, unchanged, for HARP to draw the labels on.")


def display_place(outputs: Sequence[Output]) -> int:
    """Return before which of an endpoint's outputs that display stands: the first that is laid over it."""
    return next(place for place, item in enumerate(outputs) if isinstance(item, _LAID_OVER))


def handed_back(inputs: Sequence[Input], outputs: Sequence[Output], sent: Sequence[File | None]) -> File | None:
    """Return which of the files that were sent goes on that display; ``None`` where there is no display.

    Args:
        inputs: the endpoint's.
        outputs: the endpoint's.
        sent: one per input track, in order; ``None`` where an optional one is empty.

    Raises:
        RequestError: there is a display, and nothing for it: HARP would put the files of other jobs there.
    """
    display = label_display(inputs, outputs)
    if display is None:
        return None
    tracks = [item for item in inputs if isinstance(item, TRACKS)]
    there = [(item, file) for item, file in zip(tracks, sent) if file is not None and type(item) is type(display)]
    if not there:
        names = " or ".join(item.label for item in tracks if type(item) is type(display))
        raise RequestError(f"{names} expects a file, for HARP to draw the labels on, and none was sent.")
    return min(there, key=lambda pair: not pair[0].required)[1]
