"""Results, into Audacity: new tracks under the one that they came from, where its selection began."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

from app.audacity.pipe import Pipe, quoted
from app.audacity.project import ProjectTrack, read_tracks, select_only, selection_kept
from app.audacity.project_file import NewLabels, NewSound, write_project
from app.audacity.taking import Taken
from app.audio.header_format import read_header
from app.endpoint import FileOutput, Outputs, TextOutput, as_labels
from app.errors import AudacityError

_LONGEST = 600.0
"""Seconds that Audacity may take to copy what it is given."""


def place_results(pipe: Pipe, taken: Taken, outputs: Outputs, folder: Path) -> str:
    """Make a track of each sound, and a label track of each list of labels, under the track that they came from.

    All come in as one step to undo; each track that lay below the first moves down by one more.

    Args:
        pipe: to Audacity.
        taken: what was processed.
        outputs: what came of it.
        folder: a private one.

    Returns:
        A sentence on what could not be placed, or ``""``.

    Raises:
        AudacityError: Audacity does not answer, or did not take them.
    """
    new, left_out = _new_tracks(taken, outputs)
    notice = f"What is neither sound nor labels stays out of Audacity: {', '.join(left_out)}." if left_out else ""
    if not new:
        return notice or f"Nothing came back for “{taken.track.name}”."
    before = read_tracks(pipe)
    project = folder / f"{secrets.token_hex(4)}.aup"
    try:
        write_project(project, new)
    except OSError as error:
        raise AudacityError(f"The results cannot be written for Audacity: {error.strerror}.") from error
    pipe.ask(f"Import2: Filename={quoted(project.as_posix())}", _LONGEST)
    after = read_tracks(pipe)
    if len(after) != len(before) + len(new):
        raise AudacityError(f"Audacity took {len(after) - len(before)} of {len(new)} tracks; undo the import there.")
    original = _find(before, taken.track)
    if original is None:
        lost = f"“{taken.track.name}” is no more where it was, so its new tracks stand below all others."
        return f"{notice} {lost}".strip()
    below = range(original + 1, len(before))
    if below:
        with selection_kept(pipe, before) as now:
            for place in below:
                # Each goes below the new ones, in their order, so that the next one comes to its place.
                select_only(pipe, original + 1)
                pipe.ask("SetTrackStatus: Focused=1")
                pipe.ask("TrackMoveBottom:")
                now[place] = place + len(new)
    return notice


def _new_tracks(taken: Taken, outputs: Outputs) -> tuple[list[NewSound | NewLabels], list[str]]:
    """Return the tracks to be made, and the labels of outputs of which there can be none."""
    new: list[NewSound | NewLabels] = []
    left_out = []
    start = taken.start / taken.rate
    for item in outputs:
        if isinstance(item, FileOutput):
            fmt = read_header(item.path)
            if fmt is None or fmt.channels > 2 or fmt.samples < 0:
                left_out.append(item.label)
            elif fmt.samples:
                name = f"{taken.track.name}-{item.label}"
                new.append(NewSound(name, item.path, fmt.channels, fmt.sample_rate, fmt.samples, start))
        elif labels := as_labels(item).labels:
            what = "text" if isinstance(item, TextOutput) else "labels"
            new.append(NewLabels(f"{taken.track.name}-{what}", labels, start))
    return new, left_out


def _find(tracks: Sequence[ProjectTrack], wanted: ProjectTrack) -> int | None:
    """Return where a track is by now: its user may have moved it; ``None`` where that cannot be told."""
    alike = [track.place for track in tracks if (track.name, track.kind) == (wanted.name, wanted.kind)]
    if wanted.place in alike:
        return wanted.place
    return alike[0] if len(alike) == 1 else None
