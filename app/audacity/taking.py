"""The selection, out of Audacity: each track by itself, as 32-bit float WAV of its own rate, sample for sample.

Audacity's own export mixes at the project's rate, into the format that its user chose last, so that both would have to
be changed for a while. Its language Nyquist is given a track as it is, before its volume, pan and envelope, and saves
it; the project does not change by that, not even its list of steps to undo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.audacity.pipe import Pipe, quoted
from app.audacity.project import ProjectTrack, read_tracks, select_only, selected_waves, selection_kept
from app.errors import AudacityError
from app.output_names import stem_of

NO_STRETCH = (
    "Audacity shows a dialog in place of its selection: most often because no stretch of time is selected; close the "
    "dialog, select one, and try again."
)
_LONGEST = 600.0
"""Seconds that the sound of one track may take."""
_SCRIPT = """\
(setf *float-format* "%.17g")
(let ((told (open "{told}" :direction :output)))
  (setf *standard-output* told)
  (format told "~a~%~a~%~a~%" (get '*selection* 'start) (get '*track* 'rate) (truncate len))
  (s-save *track* (truncate len) "{sound}" :format 4 :mode 4 :bits 32)
  (format told "~%done~%")
  (close told))
""
"""


@dataclass(frozen=True)
class Taken:
    """The selected stretch of one track.

    Attributes:
        track: as it was.
        file: its sound, 32-bit float WAV, mono or stereo as the track is.
        start: of the stretch, in samples of the track from the project's begin.
        rate: the track's, in Hz.
    """

    track: ProjectTrack
    file: Path
    start: int
    rate: int


def take_selection(
    pipe: Pipe, folder: Path, going_on: Callable[[int, int], None] = lambda _done, _of: None
) -> tuple[Taken, ...]:
    """Return what is selected, the topmost track first.

    Args:
        pipe: to Audacity.
        folder: a private one, where the sounds are written.
        going_on: told how many of how many tracks are here, before each; what it raises ends it.

    Raises:
        AudacityError: nothing is selected, or Audacity does not answer.
    """
    tracks = read_tracks(pipe)
    waves = selected_waves(tracks)
    with selection_kept(pipe, tracks):
        return tuple(_take_all(pipe, folder, waves, going_on))


def _take_all(
    pipe: Pipe, folder: Path, waves: list[ProjectTrack], going_on: Callable[[int, int], None]
) -> Iterator[Taken]:
    for number, track in enumerate(waves):
        going_on(number, len(waves))
        select_only(pipe, track.place)
        place = folder / str(number)
        place.mkdir(mode=0o700)
        yield _take(pipe, place, track)


def _take(pipe: Pipe, folder: Path, track: ProjectTrack) -> Taken:
    told, sound, script = folder / "told.txt", folder / f"{stem_of(track.name)[:100]}.wav", folder / "take.lsp"
    raw = folder / "sound.wav"  # Nyquist writes to a plain name on every system
    script.write_text(_SCRIPT.format(told=_lisp(told), sound=_lisp(raw)), encoding="utf-8")
    load = f'(load "{_lisp(script)}")'
    # What it says of its success is for scripts that change a track; ours tells in its file.
    pipe.tell(f"NyquistPrompt: Command={quoted(load)} Version=4", _LONGEST, NO_STRETCH, told.exists)
    try:
        start, rate, _length, *_said, done = told.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
        if done != "done":
            raise ValueError(done)
        raw.rename(sound)
        return Taken(track, sound, round(float(start) * float(rate)), round(float(rate)))
    except (OSError, ValueError, OverflowError):
        raise AudacityError(
            f"Audacity did not give the sound of “{track.name[:60]}”: is there a stretch of time selected, and room "
            "on the disk?"
        ) from None


def _lisp(path: Path) -> str:
    return path.as_posix().replace("\\", "\\\\").replace('"', '\\"')
