"""What a worker says that it made, checked before anyone believes it."""

from __future__ import annotations

import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.endpoint import EndpointSpec, FileOutput, Outputs
from app.errors import ModelRunError
from app.harp.controls import LabelTrack
from app.harp.labels import Label, LabelList
from app.harp.wire import label_from_json
from app.workers.sentences import one_line


def check_outputs(records: Sequence[Any], folder: Path, spec: EndpointSpec | None) -> Outputs:
    """Turn a worker's records (see :class:`app.workers.messages.Finished`) into outputs.

    Args:
        records: as the worker sent them.
        folder: the job's own; every file must be a regular one inside it, reached through no link.
        spec: the endpoint, whose outputs the records must match one by one; ``None`` to take any.

    Raises:
        ModelRunError: something is not as it must be.
    """
    if spec is not None and len(records) != len(spec.outputs):
        raise ModelRunError(f"The model returned {len(records)} results where {len(spec.outputs)} are expected.")
    outputs = tuple(_output(record, folder) for record in records)
    if spec is not None:
        for output, expected in zip(outputs, spec.outputs):
            if isinstance(output, LabelList) != isinstance(expected, LabelTrack):
                kind = "labels" if isinstance(expected, LabelTrack) else "a file"
                raise ModelRunError(f"The model’s result “{expected.label}” is not {kind}.")
    return outputs


def _output(record: object, folder: Path) -> FileOutput | LabelList:
    if isinstance(record, dict):
        if set(record) == {"file", "label", "notice"} and all(isinstance(value, str) for value in record.values()):
            return FileOutput(_inside(record["file"], folder), record["label"], one_line(record["notice"]))
        if set(record) == {"labels"} and isinstance(record["labels"], list):
            return LabelList(tuple(_label(label) for label in record["labels"]))
    raise ModelRunError("The model returned something that is neither a file nor labels.")


def _inside(text: str, folder: Path) -> Path:
    try:
        folder = folder.resolve(strict=True)
        path = Path(text)
        status = path.lstat()
        inside = path.parent.resolve(strict=True).is_relative_to(folder)
    except (OSError, ValueError, RuntimeError):
        raise ModelRunError("The model named a result that does not exist.") from None
    # A second name of a file from elsewhere (a hard link) would give that file away.
    if not inside or not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        raise ModelRunError("The model named a result that is not a file of its own job.")
    return path


def _label(record: object) -> Label:
    try:
        if isinstance(record, Mapping):
            return label_from_json(record)
    except ValueError:
        pass
    raise ModelRunError("The model returned a label that is none.")
