"""Findings in a model's code: operators that no model of this format needs."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from app.audacitorch.archive import findings
from app.audacitorch.checking.report import ERROR, WARNING, Finding, Kind
from app.audacitorch.checking.subject import Subject
from app.audacitorch.torchscript import compiled_functions

_SANDBOX = "The sandbox ends a model that tries, and people who read its card will not run it."

OPENS_FILES = Kind(
    "opens-files", ERROR, _SANDBOX, "Keep weights and tables as buffers of the module; torch.from_file is not needed."
)
CALLS_PROCESSES = Kind(
    "calls-processes", ERROR, _SANDBOX, "Remove what is left of distributed training from the module before the export."
)
NATIVE_CLASSES = Kind(
    "native-classes",
    ERROR,
    "The model only loads where a library of that class is installed, and may do anything then.",
    "Write that part in plain torch.",
)
RUNS_AT_LOAD = Kind(
    "runs-at-load",
    WARNING,
    "Code that runs when a file is opened alarms whoever looks at it, and can hang the server's start.",
    "Remove __getstate__ and __setstate__ from the module; buffers are kept without them.",
)
PRINTS = Kind("prints", WARNING, "What is printed is shown nowhere and costs time.", "Remove print from the module.")
NAMES_GPU = Kind(
    "names-gpu",
    WARNING,
    "Most users have no such GPU, and the model fails there.",
    "Use x.device in place of 'cuda', script instead of trace, and move the module to the CPU before the export.",
)

KINDS = (OPENS_FILES, CALLS_PROCESSES, NATIVE_CLASSES, RUNS_AT_LOAD, PRINTS, NAMES_GPU)

_BY_KIND = {
    findings.FILES: OPENS_FILES,
    findings.CALLS: CALLS_PROCESSES,
    findings.CLASSES: NATIVE_CLASSES,
    findings.SETSTATE: RUNS_AT_LOAD,
    findings.PRINTS: PRINTS,
    findings.CUDA: NAMES_GPU,
}
"""Chance is left out: whether results differ is tried instead."""
_ON_CUDA = re.compile(rb"X[\x04-\x08]\0\0\0cuda(:\d+)?")
"""A text of the pickle format that is a CUDA device's name."""


def check_operators(subject: Subject) -> list[Finding]:
    """Look through all code of the model."""
    try:
        kinds = findings.find_kinds(compiled_functions(subject.folder / "model.pt"))
    except (RuntimeError, AttributeError):
        return []
    found = [_BY_KIND[kind].found(sentence) for kind, sentence in kinds.items() if kind in _BY_KIND]
    if _weights_on_gpu(subject.folder / "model.pt"):
        found.append(NAMES_GPU.found("Its weights were saved on a CUDA device, and torch.jit.load opens them there."))
    return found


def _weights_on_gpu(archive: Path) -> bool:
    """Whether the pickle of a model's weights names a CUDA device as the place of one of them."""
    with zipfile.ZipFile(archive) as members:
        pickles = [name for name in members.namelist() if name.endswith("/data.pkl")]
        return any(_ON_CUDA.search(members.read(name)) for name in pickles)
