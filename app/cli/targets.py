"""Where the results of many files go: every name is settled before anything runs, and no two files share one."""

from __future__ import annotations

import itertools
import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.audio.endings import MIDI_ENDINGS, SOUND_ENDINGS
from app.audio.formats import output_format, suffix
from app.audio.header_format import read_header
from app.endpoint import EndpointSpec
from app.errors import InputError
from app.harp.controls import AudioTrack, FileTrack, LabelTrack, MidiTrack, Output, TextTrack, Track
from app.output_names import cleaned, label_part, result_name, same_name, stem_of


@dataclass(frozen=True)
class Source:
    """A file to process, and the folder for its results."""

    file: Path
    folder: Path


@dataclass(frozen=True)
class Target:
    """Where the results of one file go.

    Attributes:
        file: what is processed; ``None`` where a model makes something of nothing.
        folder: the folder for its results.
        names: what each result is called, without its ending, in the order of the outputs.
        labels: the outputs' own labels.
        stem: what the names begin with.
        number: the one at their end, 1 for none.
        label_ending: that of a file with labels.
    """

    file: Path | None
    folder: Path
    names: tuple[str, ...]
    labels: tuple[str, ...]
    stem: str
    number: int = 1
    label_ending: str = ".txt"

    def name_of(self, place: int, label: str) -> str:
        """Return what a result is called: by the label that it was given, where that is another than its output's.

        An endpoint may name what it returns after what was chosen; its track says “Stem”, and it returns “Drums”.
        """
        if label_part(label) == label_part(self.labels[place]):
            return self.names[place]
        return result_name(self.stem, label, self.number)

    def expected(self, spec: EndpointSpec) -> list[Path]:
        """Return where the results will lie, as far as their endings are known before they are made."""
        endings = [
            self.label_ending if isinstance(output, LabelTrack) else _ending(output, self.file, spec)
            for output in spec.outputs
        ]
        return [self.folder / f"{name}{ending}" for name, ending in zip(self.names, endings) if ending]

    def free(self, name: str, ending: str) -> Path:
        """Return where a result can lie that must replace nothing: under its name, or that and a number."""
        numbered = (f"-{number}" if number > 1 else "" for number in itertools.count(1))
        paths = (self.folder / f"{name}{number}{ending}" for number in numbered)
        return next(path for path in paths if not os.path.lexists(path))


def find_files(given: Iterable[Path], out: Path, track: Track, *, recursive: bool) -> Iterator[Source]:
    """Yield each file once; those of a folder that fit a track, if ``recursive``, with their place in it.

    What lies in ``out`` is left out where that is a folder within the one given: it holds the results of earlier runs.

    Raises:
        InputError: a folder cannot be read.
    """
    endings: Collection[str] = MIDI_ENDINGS if isinstance(track, MidiTrack) else SOUND_ENDINGS
    if isinstance(track, FileTrack):
        endings = [ending.lower() for ending in track.file_types]
    seen = set()
    for path in given:
        found = _inside(path, out, endings) if recursive and path.is_dir() else [Source(path, out)]
        for source in found:
            if place(source.file) not in seen:
                seen.add(place(source.file))
                yield source


def place(file: Path) -> Path:
    """Return what two paths to one file have in common; a link is a file of its own."""
    return file.parent.resolve() / file.name


def _inside(top: Path, out: Path, endings: Collection[str]) -> Iterator[Source]:
    results = out.resolve()
    for name, inner, files in os.walk(top, onerror=_refuse):
        folder = Path(name)
        inner[:] = [item for item in sorted(inner) if item[0] != "." and (folder / item).resolve() != results]
        for file in map(folder.joinpath, sorted(files)):
            if file.name[0] != "." and (file.suffix.lower() in endings or not endings):
                yield Source(file, out / folder.relative_to(top))


def _refuse(error: OSError) -> None:
    raise InputError(f"The folder {error.filename} cannot be read: {error.strerror}.") from error


def settle(sources: Sequence[Source], outputs: Sequence[Output], label_ending: str = ".txt") -> list[Target]:
    """Name the results of every file.

    A file's own name begins them. Where that is not enough its ending tells files apart, then the folders in which they
    lie, and at last a number.
    """
    labels = _labels(outputs)
    alike = defaultdict(list)
    for source in sources:
        alike[source.folder, same_name(stem_of(source.file.name))].append(source)
    taken: set[tuple[Path, str]] = set()
    targets = []
    for source in sources:
        others = [other for other in alike[source.folder, same_name(stem_of(source.file.name))] if other is not source]
        stem = _telling(source.file, [other.file for other in others])
        for number in itertools.count(1):
            names = tuple(result_name(stem, label, number) for label in labels)
            places = {(source.folder, same_name(name)) for name in names}
            if not places & taken:
                break
        taken |= places
        own = tuple(output.label for output in outputs)
        targets.append(Target(source.file, source.folder, names, own, stem, number, label_ending))
    return targets


def settle_alone(first: Path | None, out: Path, outputs: Sequence[Output], label_ending: str = ".txt") -> Target:
    """Name the results where there is no FILE: after the first of the files that were named, else by labels alone."""
    stem = stem_of(first.name) if first else ""
    names = tuple(result_name(stem, label) for label in _labels(outputs))
    return Target(None, out, names, tuple(output.label for output in outputs), stem, label_ending=label_ending)


def _telling(file: Path, others: Sequence[Path]) -> str:
    """Return the start of a result's name that tells ``file`` from others of the same stem."""
    same = [other for other in others if same_name(other.name) == same_name(file.name)]
    # An ending is kept where it is what differs.
    name = cleaned(file.name) if len(same) < len(others) else stem_of(file.name)
    if not same:
        return name
    folders, further = _folders(file), [_folders(other) for other in same]
    for depth in range(1, len(folders)):
        front = same_name("/".join(folders[-depth:]))
        if all(front != same_name("/".join(theirs[-depth:])) for theirs in further):
            return cleaned("-".join((*folders[-depth:], name)))
    return name


def _folders(file: Path) -> tuple[str, ...]:
    return file.parent.resolve().parts


def _labels(outputs: Sequence[Output]) -> list[str]:
    """Return a word for each output, all different."""
    words: list[str] = []
    for number, output in enumerate(outputs, start=1):
        word = "labels" if isinstance(output, LabelTrack) else output.label
        if any(same_name(label_part(word)) == same_name(label_part(other)) for other in words):
            word = f"{number} {word}"
        words.append(word)
    return words


def _ending(output: Output, file: Path | None, spec: EndpointSpec) -> str:
    if isinstance(output, TextTrack):
        return ".txt"
    if isinstance(output, MidiTrack):
        return ".mid"
    if isinstance(output, AudioTrack) and spec.keeps_length and file is not None:
        fmt = read_header(file)
        return ".wav" if fmt is None else suffix(output_format(fmt), file.name)
    return output.file_types[0] if isinstance(output, FileTrack) and len(output.file_types) == 1 else ""
