"""Runs the groups of trials, in whatever process it is in: the worker's, or an author's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from app.audacitorch.checking.chunked import check_chunks
from app.audacitorch.checking.classes import check_classes
from app.audacitorch.checking.ending import ended
from app.audacitorch.checking.groups import GROUPS
from app.audacitorch.checking.label_seams import check_label_seams
from app.audacitorch.checking.lengths import check_lengths
from app.audacitorch.checking.opening import check_opening, open_subject
from app.audacitorch.checking.operators import check_operators
from app.audacitorch.checking.own_controls import check_own_controls
from app.audacitorch.checking.repeats import check_repeats
from app.audacitorch.checking.report import Finding
from app.audacitorch.checking.sound_files import check_sound_files
from app.audacitorch.checking.sounds import check_sounds
from app.audacitorch.checking.speed import check_speed
from app.audacitorch.checking.subject import OutOfMemoryError, OutOfTimeError, Subject
from app.audacitorch.profile import ModelProfile
from app.errors import HarpistError

_CHECKS: Mapping[str, Callable[[Subject], list[Finding]]] = {
    "opening": check_opening,
    "lengths": check_lengths,
    "sounds": check_sounds,
    "repeats": check_repeats,
    "classes": check_classes,
    "chunks": check_chunks,
    "controls": check_own_controls,
    "speed": check_speed,
    "operators": check_operators,
}


class Trials:
    """The model in a folder, and the groups of trials on it.

    Args:
        folder: where the model's files lie.
        seconds: processor time that all trials together may take.
        profile: what is known of the model, where it was tried before.

    Attributes:
        subject: the model, once it was opened; ``None`` where it could not be.
    """

    def __init__(self, folder: Path, seconds: float, profile: ModelProfile | None = None) -> None:
        self.subject: Subject | None = None
        self._folder = folder
        self._seconds = seconds
        self._profile = profile
        self._opened = self._spent = False
        self._refusal: list[Finding] = []

    def run(self, group: str, scratch: Path) -> list[Finding]:
        """Run one group of :data:`app.audacitorch.checking.groups.GROUPS`; ``scratch`` is a folder for its files.

        A model that cannot be opened, or that fails on everything, is told of by the group ``opening`` alone.
        """
        if not self._opened:
            self._opened = True
            self.subject, self._refusal = open_subject(self._folder, self._seconds, self._profile)
        if self.subject is None or self._spent:
            return self._refusal if group == "opening" else []
        if time.process_time() > self.subject.limit and group != "operators":
            self.subject.measured["left out"] = "trials for which no time was left"
            return []
        try:
            if group == "sound files":
                return check_sound_files(self.subject, scratch)
            if group == "label seams":
                return check_label_seams(self.subject, scratch)
            return _CHECKS[group](self.subject)
        except OutOfTimeError:
            return []
        except HarpistError as error:
            self._spent = isinstance(error, OutOfMemoryError)
            return [ended(error, GROUPS[group])]

    @property
    def measured(self) -> Mapping[str, str]:
        """What was measured so far."""
        return self.subject.measured if self.subject else {}
