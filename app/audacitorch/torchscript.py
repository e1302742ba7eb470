"""The three calls of ``torch.jit`` that the project makes, in one place: torch 2.13 warns that they are deprecated."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn


@contextlib.contextmanager
def _without_deprecation_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"`torch\.jit\.", category=DeprecationWarning)
        yield


def script(module: nn.Module) -> torch.jit.ScriptModule:
    """Compile a module; raises whatever TorchScript says of source that it cannot compile."""
    with _without_deprecation_warnings():
        compiled: torch.jit.ScriptModule = torch.jit.script(module)
    return compiled


def save_archive(module: torch.jit.ScriptModule, path: Path) -> None:
    """Write a compiled module as a TorchScript archive."""
    with _without_deprecation_warnings():
        torch.jit.save(module, str(path))


def open_archive(path: Path, device: torch.device) -> torch.jit.ScriptModule:
    """Read a TorchScript archive onto a device; raises RuntimeError or ValueError where it is none.

    Opening an archive runs code of its author: do it in a worker only.
    """
    with _without_deprecation_warnings():
        module: torch.jit.ScriptModule = torch.jit.load(str(path), map_location=device)  # type: ignore[no-untyped-call]
    return module
