"""A model's forward pass timed in this process: as a script, and as an endpoint inside a worker's sandbox.

``python -m benchmarks.forward_pass FOLDER RATE SECONDS CALLS`` prints the seconds of the fastest call.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from app.audacitorch.torchscript import open_archive
from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import Input, Output
from app.workers import heap
from benchmarks.measuring import seconds


def time_calls(folder: Path, rate: int, length: float, calls: int) -> float:
    """Return the seconds of the fastest call on ``length`` seconds of noise, after one to warm up."""
    torch.set_num_threads(1)
    model = open_archive(folder / "model.pt", torch.device("cpu")).eval()
    sound = 0.1 * torch.randn(1, round(length * rate), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        for _ in range(2):
            model(sound)
        return min(seconds(lambda: model(sound)) for _ in range(calls))


class TimedForwardPass:
    """An endpoint that writes the seconds of a call into a file."""

    card = ModelCard(name="Timed forward pass", description="", author="", tags=())
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()

    def __init__(self, folder: str, rate: str, length: str, calls: str) -> None:
        self._arguments = (Path(folder), int(rate), float(length), int(calls))

    def setup(self, device: str) -> None:
        """Do nothing: the model is loaded with the first region."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Time the calls."""
        path = region.folder / "seconds.json"
        path.write_text(json.dumps(time_calls(*self._arguments)))
        return [FileOutput(path, "seconds")]


if __name__ == "__main__":
    heap.keep_freed_memory()  # as a worker does
    print(time_calls(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
