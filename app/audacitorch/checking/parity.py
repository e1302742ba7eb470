"""Findings where the exported model is another one than the author's module."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from app.audacitorch.arguments.signature import Rehearsed
from app.audacitorch.authoring.compiling import compile_failure
from app.audacitorch.checking.report import ERROR, Finding, Kind
from app.audacitorch.checking.subject import Subject
from app.audacitorch.inference.precision import error_level

NOT_SCRIPTABLE = Kind(
    "not-scriptable",
    ERROR,
    "Only a TorchScript archive can be shared: a module that does not compile cannot be exported.",
    "Rewrite what is named in the Python that TorchScript knows: typed arguments, no **kwargs, no numpy; or trace the "
    "part that cannot be scripted.",
)
SCRIPT_DIFFERS = Kind(
    "script-differs",
    ERROR,
    "Users hear another model than the one that was trained and evaluated.",
    "Look for branches that tracing has frozen, for torch.jit.is_scripting, and for Python that TorchScript reads "
    "otherwise, such as integer division.",
)

KINDS = (NOT_SCRIPTABLE, SCRIPT_DIFFERS)

_SAME = -80.0
"""dB of a difference that rounding may make."""


def not_scriptable(error: Exception) -> Finding:
    """Return what an error of the compiler says."""
    return NOT_SCRIPTABLE.found(f"The module does not compile as TorchScript: {compile_failure(error)}.")


def check_parity(subject: Subject, module: nn.Module) -> list[Finding]:
    """Compare the model in the subject's folder with the eager module that it was made from."""
    eager = Rehearsed(copy.deepcopy(module).eval(), subject.profile.arguments)
    worst = -math.inf
    subject.reload()
    lengths = (subject.usual, subject.usual // 2 + 7) if subject.profile.seconds < 5 else (subject.usual,)
    for seed, length in enumerate(lengths):
        sound = subject.sound(length, seed)
        with torch.random.fork_rng(devices=[]), torch.inference_mode():
            torch.manual_seed(seed)
            expected = _arrays(eager(torch.from_numpy(sound.copy())))
            torch.manual_seed(seed)
            found = _arrays(subject.raw(sound))
        level = error_level(found, expected)
        if level is None or len(found) != len(expected):
            shapes = " and ".join(str([item.shape for item in items]) for items in (found, expected))
            return [SCRIPT_DIFFERS.found(f"The shapes of the exported and the eager model's results differ: {shapes}.")]
        worst = max(worst, level)
    subject.reload()
    subject.measured["exported against eager"] = "the same" if worst == -math.inf else f"{worst:.0f} dB"
    if worst <= _SAME:
        return []
    return [SCRIPT_DIFFERS.found(f"The exported model differs from the eager one by {worst:.0f} dB.")]


def _arrays(result: Any) -> list[NDArray[np.float32]]:
    parts = result if isinstance(result, (tuple, list)) else [result]
    return [part.detach().to(torch.float32).numpy() for part in parts]
