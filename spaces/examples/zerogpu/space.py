"""This Space's server: HARP's calls, the pages and the API, at its own address, with ZeroGPU's GPU for each job."""

from __future__ import annotations

from pathlib import Path

from app.cli.serve_space import serve_space
from app.spaces.gpu import Call, gpu_seconds, run_on_gpu

# The first one answers at the Space's own address.
MODELS = ("harpist/noise-reduction",)

# For how many seconds a job asks for the GPU: any job, for each minute of its region, and at most. One that takes
# longer is ended; one that asks for less waits less, and fits into what is left of its caller's quota for the day.
AT_LEAST, PER_MINUTE, AT_MOST = 30, 30, 120


def duration(call: Call) -> int:
    """Return the seconds that one job asks for."""
    return gpu_seconds(call, AT_LEAST, PER_MINUTE, AT_MOST)


if __name__ == "__main__":
    try:
        # It must come before anything that imports torch; workers, which import this file too, do without.
        import spaces
    except ImportError:
        gpu = None  # not on ZeroGPU: the processor, or a GPU of one's own
    else:
        gpu = spaces.GPU(duration=duration)(run_on_gpu)
    raise SystemExit(serve_space(Path(__file__).resolve().parent, MODELS, gpu))
