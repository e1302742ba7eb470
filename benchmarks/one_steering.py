"""``python -m benchmarks.one_steering SOUND OUT``: drums brought out of a file, with its settings as at first.

Prints as JSON its seconds, and the peak of its memory and what it held before the file (MiB), as a worker keeps memory.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from benchmarks.processes import peak_mib
from benchmarks.unwatched import Unwatched


def main(sound: str, out: str) -> None:
    """Measure it."""
    import torch

    from app.endpoint import Region, TrackFile
    from app.workers import heap
    from endpoints.tagbox.endpoint import SteeredSeparation

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    heap.keep_freed_memory()
    tidying = heap.Tidying()

    class Tidied(Unwatched):
        def report(self, fraction: float, said: str = "") -> None:
            tidying.report()

    made = SteeredSeparation()
    made.setup("cpu")
    controls = {control.name: control.value for control in made.inputs if hasattr(control, "name")}
    before, began = peak_mib(os.getpid()), time.perf_counter()
    made.process(Region((TrackFile(Path(sound), "song.wav"),), Path(out)), controls, Tidied())
    took = time.perf_counter() - began
    print(json.dumps({"seconds": took, "peak": peak_mib(os.getpid()), "before": before}))


if __name__ == "__main__":
    main(*sys.argv[1:])
