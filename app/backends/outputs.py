"""What a worker says that it made, checked before anyone believes it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.audio.endings import MIDI_ENDINGS
from app.backends.sounds import Promise, check_sound
from app.endpoint import EndpointSpec, FileOutput, Outputs, Result, TextOutput, TrackFile
from app.errors import ModelRunError
from app.harp.controls import AudioTrack, FileTrack, LabelTrack, MidiTrack, Output, TextTrack
from app.harp.labels import Label, LabelList
from app.harp.wire import label_from_json
from app.workers.one_line import one_line

MOST_LABELS = 200_000
"""Labels of one result, beyond which it is taken for a mistake."""

LONGEST_TEXT = 100_000
"""Characters of one result that is text."""

_LONGEST_LABEL, _LONGEST_DESCRIPTION, _LONGEST_LINK = 200, 1000, 2000
_TOLERANCE = 0.1
"""Seconds by which a label may pass its region's ends."""

_LINK = re.compile(r"https?://[^\s\"'<>]+")


@dataclass(frozen=True)
class Checked:
    """A job's outputs, and those that somebody must still read to know that they are what they seem.

    Attributes:
        outputs: all of them.
        unproven: sound whose header does not tell that all of its samples are there and are numbers.
        midi: MIDI files, of which only the first bytes were looked at.
    """

    outputs: Outputs
    unproven: tuple[TrackFile, ...] = ()
    midi: tuple[TrackFile, ...] = ()


def check_outputs(records: Sequence[Any], spec: EndpointSpec | None, promised: Promise) -> Checked:
    """Turn a worker's records (see :class:`app.workers.messages.Finished`) into outputs.

    Args:
        records: as the worker sent them, their files taken from it already (see :mod:`app.workers.files.scratch`).
        spec: the endpoint, whose outputs the records must match one by one; ``None`` to take any.
        promised: what is known of the results beforehand.

    Raises:
        ModelRunError: something is not as it must be.
    """
    if spec is not None and len(records) != len(spec.outputs):
        raise ModelRunError(f"The model returned {len(records)} results where {len(spec.outputs)} are expected.")
    outputs = tuple(_output(record, promised.seconds) for record in records)
    if spec is None:
        return Checked(outputs)
    checked = [_checked(output, expected, promised) for output, expected in zip(outputs, spec.outputs)]
    unproven: dict[bool, list[TrackFile]] = {True: [], False: []}
    for (output, proven), expected in zip(checked, spec.outputs):
        if not proven and isinstance(output, FileOutput):
            unproven[isinstance(expected, MidiTrack)].append(TrackFile(output.path, output.label))
    return Checked(tuple(output for output, _ in checked), tuple(unproven[False]), tuple(unproven[True]))


def _output(record: object, seconds: float | None) -> Result:
    if isinstance(record, dict):
        if set(record) == {"file", "label", "notice"} and all(isinstance(value, str) for value in record.values()):
            label = plain_text(record["label"], _LONGEST_LABEL)
            return FileOutput(Path(record["file"]), label, one_line(record["notice"]))
        labels, notice = record.get("labels"), record.get("notice", "")
        if set(record) | {"notice"} == {"labels", "notice"} and isinstance(labels, list) and isinstance(notice, str):
            if len(labels) > MOST_LABELS:
                raise ModelRunError(f"The model returned {len(labels)} labels; at most {MOST_LABELS} are expected.")
            return LabelList(tuple(_label(label, seconds) for label in labels), one_line(notice))
        if set(record) == {"text", "notice"} and all(isinstance(value, str) for value in record.values()):
            return TextOutput(_plain_lines(record["text"]), one_line(record["notice"]))
    raise ModelRunError("The model returned something that is neither a file nor labels nor text.")


def _checked(output: Result, expected: Output, promised: Promise) -> tuple[Result, bool]:
    made, kind = _KINDS.get(type(expected), (FileOutput, "a file"))
    if not isinstance(output, made):
        raise ModelRunError(f"The model’s result “{expected.label}” is not {kind}.")
    if not isinstance(output, FileOutput):
        return output, True
    _check_ending(output, expected)
    if isinstance(expected, AudioTrack):
        path, proven = check_sound(output.path, expected.label, promised)
        return replace(output, path=path), proven
    if isinstance(expected, MidiTrack):
        if not _starts(output.path, b"MThd"):
            raise ModelRunError(f"The model’s result “{expected.label}” is not a MIDI file.")
        return output, False
    return output, True


_KINDS: Mapping[type, tuple[type, str]] = {LabelTrack: (LabelList, "labels"), TextTrack: (TextOutput, "text")}


def _check_ending(output: FileOutput, expected: Output) -> None:
    kinds = expected.file_types if isinstance(expected, (AudioTrack, FileTrack)) else ()
    kinds = MIDI_ENDINGS if isinstance(expected, MidiTrack) else kinds
    if kinds and output.path.suffix.lower() not in [kind.lower() for kind in kinds]:
        raise ModelRunError(f"The model’s result “{expected.label}” is not a {' or '.join(kinds)} file.")


def _starts(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _label(record: object, seconds: float | None) -> Label:
    """Read a label whose place is in a region of so many ``seconds``, if that is known."""
    try:
        if not isinstance(record, Mapping):
            raise ValueError("not an object")
        label = label_from_json(record)
    except ValueError:
        raise ModelRunError("The model returned a label that is none.") from None
    end = label.t + (label.duration or 0.0)
    if end < label.t:
        raise ModelRunError(f"The model returned a label that ends before it starts (from {label.t:g} to {end:g} s).")
    if label.t < -_TOLERANCE or (seconds is not None and end > seconds + _TOLERANCE):
        length = "" if seconds is None else f" of {seconds:g} s"
        raise ModelRunError(f"The model returned a label outside its region{length} (from {label.t:g} to {end:g} s).")
    return replace(
        label,
        label=plain_text(label.label, _LONGEST_LABEL),
        description=None if label.description is None else plain_text(label.description, _LONGEST_DESCRIPTION),
        link=label.link if label.link and len(label.link) <= _LONGEST_LINK and _LINK.fullmatch(label.link) else None,
    )


def _plain_lines(text: str) -> str:
    """Return a model's text line by line, without characters that no one sees, at most :data:`LONGEST_TEXT` of them."""
    cut = text[:LONGEST_TEXT].expandtabs(4)
    lines = ["".join(letter if letter.isprintable() else " " for letter in line) for line in cut.splitlines()]
    read = "\n".join(line.rstrip() for line in lines).strip("\n")
    return read if len(text) <= LONGEST_TEXT and len(read) <= LONGEST_TEXT else read[: LONGEST_TEXT - 1] + "…"


def plain_text(text: str, longest: int) -> str:
    r"""Return a model's own words on one line, without characters that no one sees, at most ``longest`` of them.

    >>> plain_text("two\nlines\x1b[1m", 10)
    'two lines…'
    """
    if len(text) > 10 * longest:
        text = text[: 10 * longest]
    if not text.isprintable() or "  " in text or len(text) > longest:
        text = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"
