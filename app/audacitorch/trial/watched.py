"""A model in its trial, run as jobs will run it, and as it was loaded where it only works so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from app.audacitorch.inference.forward import Model
from app.audacitorch.profile import ModelProfile

JobsRun = Callable[[torch.jit.ScriptModule, ModelProfile, int], "Model | None"]
"""From a loaded model, what is known of it and its rate in Hz to what jobs run in its place, if anything."""

_FAILS = "it fails when it is frozen"


class Watched:
    """A model that falls back for good to the module that was loaded, once what jobs run fails and that does not.

    Args:
        loaded: the module as it was loaded, on the CPU.
        ready: what jobs run in its place; ``None`` to try ``loaded`` alone.

    Attributes:
        unfrozen: why jobs must run ``loaded``, a clause; ``""`` while nothing speaks for that.
    """

    def __init__(self, loaded: torch.jit.ScriptModule, ready: Model | None) -> None:
        self.unfrozen = ""
        self._loaded = loaded
        self._ready = ready

    def __call__(self, x: torch.Tensor, **further: Any) -> Any:
        """Run the model on ``(channels, samples)``, with further arguments by name; raises what it raises."""
        if self._ready is None:
            return self._loaded(x, **further)
        try:
            return self._ready(x, **further)
        except Exception:
            result = self._loaded(x, **further)
        self._ready, self.unfrozen = None, _FAILS
        return result
