"""This Space's server: HARP's calls, the pages and the API, at its own address, with ZeroGPU's GPU for each job."""

from __future__ import annotations

from pathlib import Path

from app.cli.serve_space import serve_space
from app.spaces.gpu import run_on_gpu

# The first one answers at the Space's own address.
MODELS = ("harpist/noise-reduction",)

# Seconds for which a job asks for the GPU; a job that asks for less waits less.
DURATION = 120

if __name__ == "__main__":
    try:
        # It must come before anything that imports torch; workers, which import this file too, do without.
        import spaces
    except ImportError:
        gpu = None  # not on ZeroGPU: the processor, or a GPU of one's own
    else:
        gpu = spaces.GPU(duration=DURATION)(run_on_gpu)
    raise SystemExit(serve_space(Path(__file__).resolve().parent, MODELS, gpu))
