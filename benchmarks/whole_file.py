"""What a script would do: read a file whole, resample it, run the model once, resample back, write. Prints its peak."""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

import soundfile
import soxr
import torch

from app.audacitorch.torchscript import open_archive


def main(folder: str, model_rate: str, sound: str) -> float:
    """Process one file; return the most memory that this process held (MiB)."""
    torch.set_num_threads(1)
    model = open_archive(Path(folder) / "model.pt", torch.device("cpu"))
    samples, rate = soundfile.read(sound, dtype="float32", always_2d=True)
    if rate != int(model_rate):
        samples = soxr.resample(samples, rate, int(model_rate))
    with torch.inference_mode():
        result = model(torch.from_numpy(samples.T.copy())).numpy().T
    if rate != int(model_rate):
        result = soxr.resample(result, int(model_rate), rate)
    with tempfile.TemporaryDirectory() as scratch:
        soundfile.write(Path(scratch) / "result.wav", result, rate, subtype="PCM_16")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
