"""The worker's endpoint that tries a new model as jobs will run it, and writes down what was learnt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from app.audacitorch.describe import inspection_spec
from app.audacitorch.inference.forward import Model
from app.audacitorch.inference.readiness import make_ready
from app.audacitorch.profile import ModelProfile, write_profile
from app.audacitorch.trial.inspection import inspect_model
from app.endpoint import Controls, FileOutput, Outputs, Progress, Region


class Inspection:
    """A worker's endpoint that profiles the model in ``folder`` and writes ``profile.json``.

    The region has no tracks; :func:`app.audacitorch.describe.inspection_spec` is its description in the server.

    Args:
        folder: where the model's files lie.
        unfrozen: why it is not to be frozen, for its profile; ``""`` to try it as jobs would run it.
    """

    def __init__(self, folder: str, unfrozen: str = "") -> None:
        self._folder = Path(folder)
        self._unfrozen = unfrozen
        spec = inspection_spec("", self._folder)
        self.card, self.inputs, self.outputs = spec.card, spec.inputs, spec.outputs

    def setup(self, device: str) -> None:
        """Do nothing: the model is opened per call, on the CPU."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Write ``profile.json`` into the region's folder.

        Raises:
            ModelFormatError: not a model.
            ModelRunError: the model failed on everything that it was tried with.
        """
        path = region.folder / "profile.json"
        found = inspect_model(self._folder, measured=True, jobs_run=None if self._unfrozen else _jobs_run)
        write_profile(path, replace(found, unfrozen=found.unfrozen or self._unfrozen), self._folder)
        job.report(1.0)
        return [FileOutput(path, "profile")]


def _jobs_run(loaded: torch.jit.ScriptModule, profile: ModelProfile, rate: int) -> Model | None:
    """Return what jobs run in place of a loaded model, at its rate in Hz, if anything."""
    ready = make_ready(loaded, torch.device("cpu"), profile.channels, max(16, round(profile.seconds * rate)))
    return None if ready.module is loaded else ready
