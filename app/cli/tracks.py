"""Which file goes to which input track: ``--track NAME=FILE`` names those that are the same for every FILE."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.endpoint import EndpointSpec, TrackFile
from app.errors import InputError
from app.harp.controls import FileTrack, MidiTrack, Track
from app.output_names import plain


@dataclass(frozen=True)
class Tracks:
    """The input tracks of one run.

    Attributes:
        main: which of them each FILE fills, from 0; ``None`` where there is no FILE.
        others: the files of the others, in order; ``None`` at ``main`` and where an optional one is empty.
    """

    main: int | None
    others: tuple[TrackFile | None, ...]

    def of(self, file: Path) -> tuple[TrackFile | None, ...]:
        """Return all tracks for one FILE."""
        sent = TrackFile(file.absolute(), plain(file.name))
        return tuple(sent if place == self.main else other for place, other in enumerate(self.others))

    @property
    def first(self) -> Path | None:
        """The first file that was named; ``None`` where none was."""
        return next((other.path for other in self.others if other is not None), None)


def parse_tracks(pairs: Sequence[str]) -> dict[str, Path]:
    """Read what stands behind each ``--track``.

    Raises:
        InputError: one is not NAME=FILE, or two have one name.
    """
    files: dict[str, Path] = {}
    for pair in pairs:
        name, separator, file = pair.partition("=")
        if not separator or not name.strip() or not file:
            raise InputError(f"--track expects NAME=FILE, such as --track reference=loud.wav, not “{pair}”.")
        if _key(name) in map(_key, files):
            raise InputError(f"--track names “{name.strip()}” two times; each track takes one file.")
        files[name.strip()] = Path(file)
    return files


def assign(spec: EndpointSpec, given: Mapping[str, Path], *, alone: bool = False) -> Tracks:
    """Return where the files go: those that are named to their tracks, each FILE to the first track that is left.

    Args:
        spec: the model.
        given: files by the names of their tracks.
        alone: there is no FILE.

    Raises:
        InputError: no track has such a name, a file is not there, or a track needs one that was not named.
    """
    others: list[TrackFile | None] = [None] * len(spec.tracks)
    for name, file in given.items():
        place = _place(spec.tracks, name)
        if not file.is_file():
            raise InputError(f"--track {name}: there is no file {file}.")
        others[place] = TrackFile(file.absolute(), plain(file.name))
    empty = [place for place, other in enumerate(others) if other is None]
    if alone:
        lacking = [spec.tracks[place].label for place in empty if spec.tracks[place].required]
        if lacking:
            raise InputError(f"This model needs a FILE: what is sent to “{lacking[0]}”.")
        return Tracks(None, tuple(others))
    if not empty:
        raise InputError("--track names every track of this model, and none is left for FILE.")
    # What must be sent comes before what may be.
    main = min(empty, key=lambda place: (not spec.tracks[place].required, place))
    needed = [spec.tracks[place].label for place in empty if place != main and spec.tracks[place].required]
    if needed:
        wanted = " ".join(f'--track "{label}=FILE"' for label in needed)
        raise InputError(f"This model needs further files: {wanted}.")
    return Tracks(main, tuple(others))


def describe_track(track: Track) -> str:
    """Return what a track takes, such as ``sound`` or ``MIDI, optional``."""
    kind = "MIDI" if isinstance(track, MidiTrack) else "sound"
    if isinstance(track, FileTrack):
        kind = f"a file ({', '.join(track.file_types)})" if track.file_types else "a file"
    return kind if track.required else f"{kind}, optional"


def _place(tracks: Sequence[Track], name: str) -> int:
    found = [place for place, track in enumerate(tracks) if _key(track.label) == _key(name)]
    # The beginning of one track's name is enough.
    found = found or [place for place, track in enumerate(tracks) if _key(track.label).startswith(_key(name))]
    if len(found) != 1:
        known = ", ".join(f"“{track.label}”" for track in tracks)
        reason = "There is no track" if not found else "More than one track is meant by"
        raise InputError(f"{reason} “{name[:40]}”; this model has: {known}.")
    return found[0]


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name).strip().casefold()
