"""From an author's module to TorchScript, and what is said where that is not possible."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

import torch
from torch import nn

from app.audacitorch.failures import clean_reason
from app.audacitorch.torchscript import script, trace
from app.audacitorch.trial.timed_run import made_up_sound
from app.errors import ModelFormatError

_TRACED_SECONDS = 1.0
_LONGEST = 160
_PLACE = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)\n(?:.*\n){0,40}?(?P<code>.+)\n *~+ <--- HERE')
_MEND = "write that in the Python that TorchScript knows, or trace it"


@contextmanager
def in_eval_mode(module: nn.Module) -> Iterator[None]:
    """Put a module into eval mode, and each of its parts back into its own mode afterwards."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def misplaced(module: nn.Module) -> str:
    """Return which weight of a module is not in the processor's memory, as a clause; ``""`` where all are."""
    for name, tensor in itertools.chain(module.named_parameters(), module.named_buffers()):
        if tensor.device.type != "cpu":
            return f"its “{name}” is on the device “{tensor.device}”, and module.cpu() is expected first"
    return ""


def scripted(module: nn.Module) -> torch.jit.ScriptModule:
    """Compile a module as it is; one that was compiled already is returned.

    Raises:
        ModelFormatError: it does not compile.
    """
    if isinstance(module, torch.jit.ScriptModule):
        return module
    try:
        return script(module)
    except Exception as error:
        reason = compile_failure(error)
        raise ModelFormatError(f"The module does not compile as TorchScript: {reason}; {_MEND}.") from error


def recorded(module: nn.Module, rate: int, channels: int) -> torch.jit.ScriptModule:
    """Record what a module does to a second of sound of so many channels at ``rate`` Hz.

    Raises:
        ModelFormatError: it fails on that, or takes more than a waveform, which a trace does not keep.
    """
    further = list(inspect.signature(module.forward).parameters)[1:]
    if further:
        raise ModelFormatError(
            f"The module takes “{further[0]}” beside its waveform, which a trace does not keep; trace the part inside "
            "that does not compile, and export what is around it without traced=True."
        )
    sound = made_up_sound(channels, max(64, round(_TRACED_SECONDS * rate)), rate, 0)
    try:
        return trace(module, torch.from_numpy(sound))
    except Exception as error:
        reason = clean_reason(str(error)) or "it failed on a second of sound"
        raise ModelFormatError(f"The module cannot be traced: {reason}.") from error


def compile_failure(error: Exception) -> str:
    r"""Return why TorchScript does not compile a module, and the author's line that it stumbled over.

    >>> place = 'File "/home/me/hush.py", line 7\n    return x * k\n               ~ <--- HERE\n'
    >>> compile_failure(RuntimeError(f"not a value:\n  {place}"))
    'not a value, at hush.py line 7: “return x * k”'
    """
    if isinstance(error, OSError):
        # torch reads a class from its file, and one that was typed into a prompt has none.
        return "the source of the module's class cannot be read, and must stand in a file"
    text = str(error).strip()
    place = _PLACE.search(text)
    # A line with an arrow is the signature of what was called; the brackets hold torch's story of how it got there.
    told = next((line for line in text.splitlines() if line.strip() and "->" not in line), type(error).__name__)
    reason = told.replace(" (This function exists", " that compiles (").partition(" (")[0].strip(" :.")
    if len(reason) > _LONGEST:
        reason = reason[: _LONGEST - 1].rstrip() + "…"
    if place is None:
        return reason
    code = " ".join(place["code"].split())[:_LONGEST]
    return f"{reason}, at {PurePath(place['file']).name} line {place['line']}: “{code}”"
