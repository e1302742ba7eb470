"""What an endpoint is: the words that the server and the workers share.

The server knows an endpoint as an :class:`EndpointSpec`: what to show, and the *name* of the factory that
builds it, so that no model library is ever imported there. A worker calls the factory and gets an :class:`Endpoint`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Union

from app.harp.card import ModelCard
from app.harp.controls import CONTROLS, TRACKS, Control, ControlValue, Input, Output, Track
from app.harp.labels import LabelList, text_label
from app.output_names import plain, result_name, stem_of
from app.weights import HubWeights

Controls = Mapping[str, ControlValue]
"""Typed control values by control name."""


@dataclass(frozen=True)
class TrackFile:
    """A file that a caller sent: where it lies, and what the caller called it."""

    path: Path
    name: str


@dataclass(frozen=True)
class FileOutput:
    """A file that an endpoint made.

    Attributes:
        path: where it lies.
        label: that of the output track that it fills.
        notice: a sentence that whoever gets the file should read, or ``""``.
    """

    path: Path
    label: str
    notice: str = ""


@dataclass(frozen=True)
class TextOutput:
    """A text that an endpoint made.

    Attributes:
        text: may have several lines.
        notice: a sentence that whoever gets the text should read, or ``""``.
        provenance: where it came from, as a JSON object; ``""`` where nobody says.
    """

    text: str
    notice: str = ""
    provenance: str = field(default="", compare=False)


Result = Union[FileOutput, LabelList, TextOutput]
Outputs = Sequence[Result]
"""One entry per output of the endpoint, in their order."""


def as_labels(result: LabelList | TextOutput) -> LabelList:
    """Return labels, or a text as the one label that HARP is given."""
    return result if isinstance(result, LabelList) else text_label(result.text, result.provenance)


def notices(outputs: Outputs) -> list[str]:
    """Return what is to be said of outputs, each sentence once."""
    return list(dict.fromkeys(item.notice for item in outputs if item.notice))


@dataclass(frozen=True)
class Region:
    """The stretch of audio sent, and the folder for what comes of it.

    Attributes:
        tracks: one per input track of the endpoint, in order; ``None`` where an optional one is empty.
        folder: an existing folder of this job's own; outputs are written here.
        too_loud: what becomes of sound that is too loud for the integers of its format: ``"float"``, ``"scale"`` or
            ``"clip"`` (see :class:`app.audio.stems.StemFiles`).
    """

    tracks: tuple[TrackFile | None, ...]
    folder: Path
    too_loud: str = "float"

    @property
    def audio(self) -> TrackFile:
        """The first track that was sent; there is one wherever an endpoint asks for one."""
        return next(track for track in self.tracks if track is not None)

    def output_path(self, label: str, suffix: str) -> Path:
        """Return ``<folder>/<input name>-<label><suffix>``, safe on every file system and not yet taken.

        Where nothing was sent, the label alone is its name.
        """
        sent = any(track is not None for track in self.tracks)
        stem, number = plain(stem_of(self.audio.name)) if sent else "", 1
        while (path := self.folder / f"{result_name(stem, label, number)}{suffix}").exists():
            number += 1
        return path


class Progress(Protocol):
    """How an endpoint tells of its progress, and learns that it should stop."""

    def report(self, fraction: float, said: str = "") -> None:
        """Tell that ``fraction`` (0 to 1) is done, and what is being done, where that is worth a few words.

        The page and the command line show the words; HARP has no place for them. Raises JobCancelledError when the job
        should stop.
        """


class Watch(Protocol):
    """Takes how far a job is."""

    def __call__(self, fraction: float, said: str = "", /) -> None:
        """Take the share that is done, 0 to 1, and what is being done; no words: as before."""


class Endpoint(Protocol):
    """One model or method at one base URL, as a worker holds it."""

    card: ModelCard
    inputs: Sequence[Input]
    outputs: Sequence[Output]
    # May have, beside these: weights, needs, reads, permits, keeps_length, repeatable, generates, timed, example,
    # tried_on_example (endpoints/README.md).

    def setup(self, device: str) -> None:
        """Load weights onto ``device`` (a torch device name); called once, in the worker."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Process one region; called in the worker, once per job.

        Raises:
            HarpistError: with the sentence that the user reads.
        """


@dataclass(frozen=True)
class EndpointSpec:
    """What the server knows of an endpoint without importing it.

    Attributes:
        id: ``owner/name``, the endpoint's place under ``/models/``.
        card: what the user reads.
        inputs: tracks and controls, in the order in which HARP shows and sends them.
        outputs: tracks and labels, in the order in which they come back.
        factory: ``module:callable`` that returns the :class:`Endpoint`, imported in the worker only.
        arguments: the factory's keyword arguments (JSON values).
        example: a short sound to try it with, or ``None``.
        further_examples: the same for the tracks after the first, in their order; empty where it has no such.
        reads: the files and folders that its worker reads, beside the region's own.
        keeps_length: what comes back for a region has its length: sound also its sample rate, channels and format
            (see :func:`app.audio.formats.output_format`; where too loud for that,
            :func:`app.audio.formats.float_format`), labels their place within it.
        trusted: it is this project's own work: it keeps nothing of one caller's for the next, so that callers may
            share its workers.
        permits: names of what its worker may keep although the sandbox would take it away (see
            :mod:`app.workers.sandbox.terms`).
        weights: files of the hub that it is of no use without, or some of its choices are.
        needs: the libraries that it imports, by the names by which they are imported.
        weights_at: where the weights lie on this machine: a folder by repository that is here; empty until those are
            that it needs as its controls stand at first.
        speed: seconds of sound that it processes in a second, as measured on this machine; 0 where nobody measured.
        writes: folders in which its worker may write, beside its own.
        repeatable: it gives the same for the same files and values; what draws lots does so by a control named
            ``seed``, of which 0 is new each time.
        revision: which one of the model it is: a commit of the hub, ``sha256:…`` of a file; empty where nothing tells.
        generates: it states that it generates what it returns, rather than change what was sent.
        works_in: a folder whose files its worker finds where it starts, to be read there; empty: none.
        timed: it has no weights whose installation would measure its speed, and is measured when the server is idle.
        tried_on_example: how long it takes is measured with its example, a WAV file, since noise would tell nothing.
        hosts: models of strangers may run in its worker, so that callers share none, whoever wrote the endpoint.
    """

    id: str
    card: ModelCard
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    factory: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    example: Path | None = None
    further_examples: tuple[Path, ...] = ()
    reads: tuple[str, ...] = ()
    keeps_length: bool = False
    trusted: bool = False
    permits: tuple[str, ...] = ()
    weights: tuple[HubWeights, ...] = ()
    needs: tuple[str, ...] = ()
    weights_at: Mapping[str, str] = field(default_factory=dict)
    speed: float = field(default=0.0, compare=False)
    writes: tuple[str, ...] = ()
    repeatable: bool = False
    works_in: str = ""
    revision: str = field(default="", compare=False)
    generates: bool = False
    timed: bool = False
    tried_on_example: bool = False
    hosts: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether nothing runs in its worker but this project's own work."""
        return self.trusted and not self.hosts

    @property
    def first_weights(self) -> tuple[HubWeights, ...]:
        """The weights that it needs as its controls stand at first."""
        return self.weights_for({control.name: control.value for control in self.controls})

    @property
    def further_weights(self) -> tuple[HubWeights, ...]:
        """The weights of other choices."""
        first = self.first_weights
        return tuple(item for item in self.weights if item not in first)

    def weights_for(self, controls: Mapping[str, ControlValue]) -> tuple[HubWeights, ...]:
        """Return the weights that a job with these values uses."""
        return tuple(
            item for item in self.weights if item.choice is None or controls.get(item.choice[0]) == item.choice[1]
        )

    @property
    def weights_size(self) -> int:
        """What the weights take that it needs at first, in bytes; 0 where nobody counted."""
        return sum(item.size for item in self.first_weights)

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The input tracks, in order."""
        return tuple(item for item in self.inputs if isinstance(item, TRACKS))

    @property
    def controls(self) -> tuple[Control, ...]:
        """The controls, in order."""
        return tuple(item for item in self.inputs if isinstance(item, CONTROLS))
