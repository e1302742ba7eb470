"""What steering has in common, whatever describes the sound: who listens, and how a region goes through."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.errors import ControlError, WorkerError
from app.harp.labels import LabelList
from endpoints.tagbox.controls import COURSE, FCN, LEFT, MUSICNN, MUSICNN_MSD, SEED
from endpoints.tagbox.tags import asked, own_tags
from endpoints.tagbox.telling import labels, opinion, spans

if TYPE_CHECKING:
    from endpoints.tagbox.aim import Aim
    from endpoints.tagbox.engines import Engine
    from endpoints.tagbox.steering import Steering
    from endpoints.tagbox.taggers.tagger import Tagger


@dataclass(frozen=True)
class Task:
    """What a job asks for.

    Attributes:
        name: as the user reads it.
        aim: the same for taggers.
        taggers: who listens.
        how: how each window is steered.
    """

    name: str
    aim: Aim
    taggers: tuple[Tagger, ...]
    how: Steering


class Steered:
    """Taggers, and the way of a region.

    Args:
        labelers: a JSON object of the labelers of this server that may listen, by name: their folder, and the
            channels and seconds that they take.
    """

    keeps_length = True
    repeatable = True
    permits = ()

    def __init__(self, labelers: str = "{}") -> None:
        self._labelers: dict[str, dict[str, Any]] = json.loads(labelers)

    def setup(self, device: str) -> None:
        """Load both taggers onto a device.

        Raises:
            WeightsMissingError: the package that musicnn's weights ship in is not installed.
        """
        from endpoints.tagbox.taggers.fcn import fcn
        from endpoints.tagbox.taggers.musicnn import musicnn

        self._device = device
        self._taggers: dict[str, Tagger] = {MUSICNN: musicnn(device), FCN: fcn(device)}

    def _task(self, controls: Controls) -> Task:
        """Return what is asked for.

        Raises:
            ControlError: nobody listens, or nobody who does has a word for it.
            ModelFormatError: a labeler cannot be opened.
        """
        from endpoints.tagbox.aim import Aim
        from endpoints.tagbox.steering import Steering

        names = cast("tuple[str, ...]", controls["tagger"])
        if not names:
            raise ControlError("Tagger expects at least one choice; none was made.")
        taggers = [self._tagger(name) for name in names]
        known = sorted({tag for tagger in taggers for tag in tagger.tags})
        own = own_tags(str(controls["tags"]), known)
        wanted = str(controls["wanted"])
        style = bool(controls.get("style", False))
        aim = Aim(own or asked(wanted), bool(controls["rest"]) and not style)
        listening = tuple(tagger for tagger in taggers if aim.places(tagger))
        if not listening:
            raise ControlError(f"None of {', '.join(names)} has a word for “{wanted}”; they know {', '.join(known)}.")
        seed = int(cast(float, controls["seed"])) or random.SystemRandom().randint(1, int(SEED.maximum))
        strength = float(cast(float, controls["strength"])) / 100
        how = Steering(int(cast(float, controls["steps"])), strength, seed, style)
        return Task(", ".join(own) or wanted, aim, listening, how)

    def _tagger(self, name: str) -> Tagger:
        if name == MUSICNN_MSD and name not in self._taggers:
            from endpoints.tagbox.taggers.musicnn import musicnn_msd

            self._taggers[name] = musicnn_msd(self._device)
        elif name not in self._taggers:
            from endpoints.tagbox.taggers.labeler import open_labeler

            told = self._labelers[name]
            self._taggers[name] = open_labeler(Path(told["folder"]), int(told["channels"]), float(told["seconds"]))
        return self._taggers[name]

    def _steered(self, region: Region, task: Task, engine: Engine, job: Progress) -> Outputs:
        """Bring something out of a region, in windows of 10 s and fixed memory.

        Raises:
            AudioFileError: the region cannot be read.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            WorkerError: the results cannot be written.
        """
        from app.audio.io import output_format, probe, suffix
        from app.audio.stems import loudness_notice
        from endpoints.tagbox.course import course_bytes
        from endpoints.tagbox.windows import separate

        fmt = probe(region.audio.path)
        job.report(0.0, "Listening")
        ending = suffix(output_format(fmt), region.audio.name)
        found = separate(
            region.audio.path,
            [region.output_path(label, ending) for label in (task.name, "rest")],
            task.aim,
            task.taggers,
            task.how,
            engine,
            region.too_loud,
            job.report,
        )
        said = [fmt.notice, loudness_notice(found.written, output_format(fmt)), opinion(task.name, found.windows)]
        notice = " ".join(filter(None, [*said, f"Seed {task.how.seed}."]))
        brought, left = found.written.paths
        course = region.output_path("course", ".json")
        told = spans(found.windows)
        try:
            course.write_bytes(course_bytes(task.name, found.seconds, told, found.shares, found.mask, found.highest))
        except OSError as error:
            raise WorkerError(f"The course cannot be written: {error.strerror}.") from error
        return [
            FileOutput(brought, task.name, notice),
            FileOutput(left, LEFT.label, notice),
            LabelList(tuple(labels(task.name, told))),
            FileOutput(course, COURSE.label),
        ]
