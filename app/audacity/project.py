"""What Audacity's project holds, as it tells it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from app.audacity.pipe import Pipe
from app.errors import AudacityError
from app.harp.labels import OutputLabel

# Its JSON does not escape a backslash in a name, so it is read by the shape of its lines.
_TRACK = re.compile(r'\{ "name":"(.*)", "focused":([01]), "selected":([01]), "kind":"(\w+)"')
_LABEL_TRACK = re.compile(r"^\s*\[\s*(?:\[\s*)?(\d+),\s*$")
_LABEL = re.compile(r'\[ ([-+.e\d]+), ([-+.e\d]+), "(.*)" \]')


@dataclass(frozen=True)
class ProjectTrack:
    """A track, as Audacity lists it.

    Attributes:
        place: from the top, 0 for the first.
        name: as its user reads it.
        kind: ``"wave"``, ``"label"``, ``"note"`` or ``"time"``.
        selected: whether it is.
        focused: whether keys go to it.
    """

    place: int
    name: str
    kind: str
    selected: bool
    focused: bool


def read_tracks(pipe: Pipe) -> tuple[ProjectTrack, ...]:
    """Return the project's tracks, from the top.

    Raises:
        AudacityError: see :meth:`Pipe.ask`.
    """
    found = _TRACK.findall(pipe.ask("GetInfo: Type=Tracks Format=JSON"))
    return tuple(
        ProjectTrack(place, name.replace('\\"', '"'), kind, selected == "1", focused == "1")
        for place, (name, focused, selected, kind) in enumerate(found)
    )


def read_labels(pipe: Pipe) -> dict[int, tuple[OutputLabel, ...]]:
    """Return the labels of each label track by its place; Audacity tells their times (s) to six digits.

    Raises:
        AudacityError: see :meth:`Pipe.ask`.
    """
    labels: dict[int, list[OutputLabel]] = {}
    place = -1
    for line in pipe.ask("GetInfo: Type=Labels Format=JSON").splitlines():
        if begun := _LABEL_TRACK.match(line):
            place = int(begun[1])
            labels[place] = []
        elif (found := _LABEL.search(line)) and place >= 0:
            start, end = float(found[1]), float(found[2])
            labels[place].append(OutputLabel(start, found[3].replace('\\"', '"'), end - start))
    return {place: tuple(found) for place, found in labels.items()}


def select_only(pipe: Pipe, place: int) -> None:
    """Select one track, and no other; the selected stretch of time stays."""
    pipe.ask(f"SelectTracks: Track={place} TrackCount=1 Mode=Set")


@contextmanager
def selection_kept(pipe: Pipe, tracks: Sequence[ProjectTrack]) -> Iterator[dict[int, int]]:
    """Select and focus afterwards what was so before.

    Yields:
        Where a track of before is now, by its place; to be changed by who moves one.
    """
    now = {track.place: track.place for track in tracks}
    try:
        yield now
    except BaseException:
        with suppress(AudacityError):  # what was wrong first is what is told
            _restore(pipe, tracks, now)
        raise
    _restore(pipe, tracks, now)


def _restore(pipe: Pipe, tracks: Sequence[ProjectTrack], now: Mapping[int, int]) -> None:
    for track in tracks:
        if track.focused:
            select_only(pipe, now[track.place])
            pipe.ask("SetTrackStatus: Focused=1")
    mode = "Set"
    for track in tracks:
        if track.selected:
            pipe.ask(f"SelectTracks: Track={now[track.place]} TrackCount=1 Mode={mode}")
            mode = "Add"
    if mode == "Set":
        pipe.ask("SelectTracks: Track=0 TrackCount=0 Mode=Set")


def selected_waves(tracks: Sequence[ProjectTrack]) -> list[ProjectTrack]:
    """Return the selected tracks of sound.

    Raises:
        AudacityError: there is none.
    """
    waves = [track for track in tracks if track.selected and track.kind == "wave"]
    if not waves:
        raise AudacityError("Nothing is selected in Audacity: select a stretch of one or more tracks of sound there.")
    return waves
