"""``python -m benchmarks.one_separation ours|package WEIGHTS SOUND OUT SHIFTS``: one file into four stems, measured.

Prints as JSON its seconds, those of the processor, the peak of its memory and what it held before the file (MiB).
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.processes import peak_mib
from benchmarks.unwatched import Unwatched

FOUR = ["drums", "bass", "other", "vocals"]


SIZES: dict[str, dict[str, Any]] = {
    "small": {"channels": 8, "bottom_channels": 32, "t_layers": 2, "t_heads": 2},
    "full": {"channels": 48, "bottom_channels": 512, "t_layers": 5, "t_heads": 8},
}
"""Few channels, and the published network's arguments."""


def save_network(path: Path, size: str) -> None:
    """Write HTDemucs with the published segment and random weights, as its author writes files."""
    import torch
    from demucs.htdemucs import HTDemucs
    from safetensors.torch import save_file

    torch.manual_seed(1)
    given = {"sources": FOUR, **SIZES[size]}
    segment = {"_type": "fraction", "numerator": 39, "denominator": 5}
    about = {"klass": "demucs.htdemucs.HTDemucs", "args": "[]", "kwargs": json.dumps({**given, "segment": segment})}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(dict(HTDemucs(**given, segment=7.8).state_dict()), path, about)


def ours(weights: Path, sound: Path, out: Path, shifts: int) -> Any:
    """Return what separates with Harpist's endpoint, loaded; memory is kept and given back as a worker does it."""
    from app.endpoint import Region, TrackFile
    from app.workers import heap
    from endpoints.stems.all_stems import FourStems
    from endpoints.stems.versions import HTDEMUCS

    heap.keep_freed_memory()
    tidying = heap.Tidying()

    class Tidied(Unwatched):
        def report(self, fraction: float, said: str = "") -> None:
            tidying.report()

    made = FourStems()
    vars(made)["weights"] = {HTDEMUCS.weights.repo: weights.parent}
    made.setup("cpu")
    controls = {control.name: control.value for control in made.inputs if hasattr(control, "name")}
    controls |= {"shifts": shifts, "exact": False}
    return lambda: made.process(Region((TrackFile(sound, sound.name),), out), controls, Tidied())


def package(weights: Path, sound: Path, out: Path, shifts: int) -> Any:
    """Return what separates as the package's own Separator does, loaded; soundfile reads and writes."""
    import soundfile
    import torch
    from demucs.apply import BagOfModels, apply_model
    from demucs.hf import load_safetensors_model

    model = BagOfModels([load_safetensors_model(weights)]).eval()

    def run() -> None:
        samples, rate = soundfile.read(sound, dtype="float32", always_2d=True)
        mix = torch.from_numpy(samples.T.copy())
        level = mix.mean(0)
        mean, deviation = level.mean(), level.std() + 1e-8
        stems = apply_model(model, ((mix - mean) / deviation)[None], shifts=shifts)
        stems = stems * deviation + mean
        for name, stem in zip(model.sources, stems[0]):
            soundfile.write(out / f"{name}.wav", stem.numpy().T, rate, "PCM_16")

    return run


def main(side: str, weights: str, sound: str, out: str, shifts: str) -> None:
    """Measure one of the two."""
    import torch

    torch.set_num_threads(1)
    work = {"ours": ours, "package": package}[side](Path(weights), Path(sound), Path(out), int(shifts))
    before, began, busy = peak_mib(os.getpid()), time.perf_counter(), time.process_time()
    work()
    busy = time.process_time() - busy
    took = time.perf_counter() - began
    print(json.dumps({"seconds": took, "busy": busy, "peak": peak_mib(os.getpid()), "before": before}))


if __name__ == "__main__":
    main(*sys.argv[1:])
