"""From a model's folder to a module that can be run."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import torch

from app.audacitorch.archive.refusals import NEWER, NO_MEMORY, damaged
from app.audacitorch.archive.scan import scan_archive
from app.audacitorch.arguments.signature import read_signature
from app.audacitorch.inference.devices import choose_device
from app.audacitorch.torchscript import open_archive
from app.errors import ModelFormatError
from app.own_code import pip_arguments

_UNKNOWN = re.compile(r"Unknown (?:builtin op|custom class|type name)[^:\n]{0,80}: {0,8}'?(?P<name>\w[\w.:]{0,80}\w)")
_TOO_NEW = re.compile(r"file with version \d+, but the maximum supported version")


def load_model(folder: Path, device: str) -> torch.jit.ScriptModule:
    """Open ``model.pt`` of a folder on a device (a torch device name, or ``"auto"``), in eval mode.

    Raises:
        ModelFormatError: there is no such file, it is no TorchScript archive, or one that does harm when it is opened,
            or its ``forward`` wants something that has no default and is no waveform.
        SettingsError: the device is not there.
    """
    path = folder / "model.pt"
    target = choose_device(device)
    scan_archive(path)
    try:
        model = _open(path, target)
    except (RuntimeError, ValueError, OSError, EOFError) as error:
        raise _refusal(str(error)) from error
    read_signature(model)
    model.eval()
    return model


def _open(path: Path, device: torch.device) -> torch.jit.ScriptModule:
    try:
        return open_archive(path, device)
    except RuntimeError as error:
        if "torchaudio" not in str(error) or not _torchaudio_loads():
            raise
    return open_archive(path, device)


def _torchaudio_loads() -> bool:
    """Try to import torchaudio, whose operators some models name; only for these, since it may be missing or broken.

    Beside a CPU build of torch its native library fails with an OSError, not an ImportError.
    """
    try:
        importlib.import_module("torchaudio")
    except (ImportError, OSError, RuntimeError, AttributeError):
        return False
    return True


def _refusal(text: str) -> ModelFormatError:
    if "torchaudio" in text:
        return ModelFormatError(
            "This model needs torchaudio, which is not installed here or does not load; "
            f"perhaps: python -m pip install {pip_arguments('requirements-torchaudio.txt')}"
        )
    if unknown := _UNKNOWN.search(text):
        return ModelFormatError(f"This model needs the operator {unknown['name']}, which is not installed here.")
    if "out of memory" in text or "allocate memory" in text:
        return ModelFormatError(NO_MEMORY)
    if _TOO_NEW.search(text):
        return ModelFormatError(NEWER)
    return damaged("torch cannot open it")
