"""The worker's endpoint that checks a model: one group of trials a call, its findings in a JSON file."""

from __future__ import annotations

from pathlib import Path

from app.audacitorch.checking.report import make_report
from app.audacitorch.checking.spec import check_spec
from app.audacitorch.checking.trials import Trials
from app.endpoint import Controls, FileOutput, Outputs, Progress, Region


class Check:
    """Checks the model in ``folder``; :func:`app.audacitorch.checking.spec.check_spec` describes it in the server.

    Args:
        folder: where the model's files lie.
        seconds: processor time that the whole check may take, as text.
    """

    def __init__(self, folder: str, seconds: str) -> None:
        self._trials = Trials(Path(folder), float(seconds))
        spec = check_spec(Path(folder), float(seconds))
        self.card, self.inputs, self.outputs = spec.card, spec.inputs, spec.outputs

    def setup(self, device: str) -> None:
        """Do nothing: the model is opened by the first call, on the CPU."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Run the group that the control ``group`` names; write what was found into the region's folder."""
        findings = self._trials.run(str(controls["group"]), region.folder)
        path = region.folder / "report.json"
        path.write_text(make_report("", findings, self._trials.measured).json(), encoding="utf-8")
        job.report(1.0)
        return [FileOutput(path, "report")]
