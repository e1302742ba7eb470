"""A model that is run on made-up sound, and what is counted of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import torch

from app.audacitorch.trial.timed_run import peak_memory

ROOT = Path(__file__).resolve().parents[3]
COUNTED = """
import sys
import torch
from app.audacitorch.trial.timed_run import peak_memory
before = set(sys.modules)
peak_memory(lambda: torch.zeros(1000))
print(sum(name.startswith("torch.") for name in set(sys.modules) - before))
"""


def test_the_most_bytes_at_once_are_counted() -> None:
    def call() -> None:
        first = torch.zeros(1000)
        del first
        second, third = torch.zeros(3000), torch.zeros(2000)
        del second, third

    assert peak_memory(call) == 4 * 5000


def test_counting_brings_no_compiler() -> None:
    """Torch's newer profiler imports it, for seconds, in every worker that tries a model."""
    done = subprocess.run(
        [sys.executable, "-c", COUNTED], cwd=ROOT, check=True, capture_output=True, text=True, timeout=120
    )
    assert int(done.stdout) < 10
    assert done.stderr == ""
